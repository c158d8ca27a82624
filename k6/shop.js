// What both scripts need: addresses, a filled shelf, one order, and what must come of it.
import { check, fail } from 'k6';
import http from 'k6/http';

const base = __ENV.ORDERWEAVER_URL || 'http://localhost:8001';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const STATES = ['confirmed', 'completed', 'rejected', 'cancelled'];

// The services follow each other from the port of orders on.
export function address(service) {
  const steps = { orders: 0, payments: 1, inventory: 2, orchestrator: 3 };
  const match = base.match(/^(.*):(\d+)$/);
  return `${match[1]}:${Number(match[2]) + steps[service]}`;
}

export function fillShelf(skus) {
  for (let sku = 0; sku < skus; sku += 1) {
    const body = JSON.stringify({ on_hand: 1000000 });
    const answer = http.put(`${address('inventory')}/stock/sku-${sku}`, body, {
      headers: JSON_TYPE,
      tags: { name: 'PUT /stock/{sku}' },
    });
    expect(answer, 200);
  }
}

// Without what a script begins with there is nothing to measure.
export function expect(answer, status) {
  if (answer.status !== status) {
    const said = answer.error || answer.body;
    fail(`${answer.request.method} ${answer.url} answers ${answer.status} (${said}): ` +
      'start a shop with make run, or name one with -e ORDERWEAVER_URL=http://localhost:8001');
  }
}

// Places an order of two lines and waits until it has left the state pending.
export function placeOrder(skus, paymentMethod) {
  const sku = () => `sku-${Math.floor(Math.random() * skus)}`;
  const body = JSON.stringify({
    user_id: `user-${__VU}`,
    payment_method: paymentMethod,
    lines: [
      { sku: sku(), quantity: 1, unit_price: '4.50' },
      { sku: sku(), quantity: 2, unit_price: '1.25' },
    ],
  });
  const answer = http.post(`${address('orders')}/orders`, body, {
    headers: { ...JSON_TYPE, Prefer: 'wait=10' },
    tags: { name: 'POST /orders' },
  });
  check(answer, {
    'the order is acknowledged': (it) => it.status === 201,
    'it has come to an end': (it) => it.status === 201 && STATES.includes(it.json('state')),
  });
  return answer;
}
