// Orders at a rate that does not wait for the server (an open loop): what clients see under load.
// The bounds are for a machine that has nothing else to do.
//   k6 run k6/load.js                             100 orders a second for 30 seconds
//   k6 run -e RATE=500 -e DURATION=1m k6/load.js
import { fillShelf, placeOrder } from './shop.js';

const SKUS = 1000;
const DECLINED = 0.1;

export const options = {
  scenarios: {
    orders: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE || 100),
      timeUnit: '1s',
      duration: __ENV.DURATION || '30s',
      preAllocatedVUs: 100,
      maxVUs: 1000,
    },
  },
  thresholds: {
    checks: ['rate==1'],
    dropped_iterations: ['count==0'],
    'http_req_failed{name:POST /orders}': ['rate==0'],
    'http_req_duration{name:POST /orders}': ['p(50)<50', 'p(99)<500'],
  },
};

export function setup() {
  fillShelf(SKUS);
}

export default function load() {
  placeOrder(SKUS, Math.random() < DECLINED ? 'pm_card_declined' : 'pm_card_visa');
}
