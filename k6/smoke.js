// One customer for ten seconds: everything answers, and nothing is wrong.
//   k6 run k6/smoke.js                      a shop at http://localhost:8001
//   k6 run -e ORDERWEAVER_URL=... k6/smoke.js
import { check } from 'k6';
import http from 'k6/http';
import { address, expect, fillShelf, placeOrder } from './shop.js';

const SKUS = 3;

export const options = {
  vus: 1,
  duration: '10s',
  thresholds: {
    checks: ['rate==1'],
    http_req_failed: ['rate==0'],
    'http_req_duration{name:GET /orders/{order_id}}': ['p(99)<100'],
  },
};

export function setup() {
  for (const service of ['orders', 'payments', 'inventory', 'orchestrator']) {
    expect(http.get(`${address(service)}/ready`), 200);
  }
  fillShelf(SKUS);
}

export default function smoke() {
  const placed = placeOrder(SKUS, 'pm_card_visa').json('order_id');
  const answer = http.get(`${address('orders')}/orders/${placed}`, {
    tags: { name: 'GET /orders/{order_id}' },
  });
  check(answer, { 'the order is found': (it) => it.json('order_id') === placed });
}
