/** Many requests at once: what is counted, and that who is told to wait asks again. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as assert from 'uvu/assert';
import { quantile, runLoad, type Load } from '../../bench/commands/request_load.js';
import { end, listening } from '../cli/serve/asking.js';
import { suite } from '../support/harness.js';

const test = suite('request load');

test('answers, refusals and failures are told apart', async () => {
  let [asked, most] = [0, 0];
  const answered = ({ url, socket }: IncomingMessage, response: ServerResponse): void => {
    if (url === '/broken') return void socket.destroy();
    const status = url === '/busy' && asked % 2 === 1 ? 503 : url === '/gone' ? 404 : 200;
    response.writeHead(status, { 'retry-after': '0.001' }).end('four');
  };
  // what `/` is asked waits for four others, so that it is seen how many are under way; not for ever
  const held: (() => void)[] = [];
  const release = (): void => {
    most = Math.max(most, held.length);
    for (const answer of held.splice(0)) answer();
  };
  const server = createServer((request, response) => {
    asked++;
    request.resume();
    request.on('end', () => {
      if (request.url !== '/') return void setTimeout(() => answered(request, response), 1);
      held.push(() => answered(request, response));
      setTimeout(release, held.length < 5 ? 5000 : 20).unref(); // a sixth would be there by then
    });
  });
  const { port } = await listening({ server }, '127.0.0.1');
  try {
    const load = (path: string, more: Partial<Load> = {}): ReturnType<typeof runLoad> =>
      runLoad(port, { name: path, method: 'GET', path, requests: 30, together: 5, ...more });
    const fine = await load('/');
    assert.equal([fine.answered, fine.refused, fine.failed, asked], [30, 0, 0, 30]);
    assert.is(most, 5);
    assert.ok(fine.p50 > 0 && fine.p50 <= fine.p95 && fine.p95 <= fine.p99);
    const patient = await load('/busy', { isPatient: true, method: 'POST', body: new Uint8Array(9) });
    assert.is(patient.answered, 30);
    assert.ok(patient.refused > 0);
    const hurried = await load('/busy');
    assert.is(hurried.answered + hurried.refused, 30);
    assert.equal([(await load('/gone')).failed, (await load('/broken')).failed], [30, 30]);
  } finally {
    end({ server });
  }
});

test('quantiles of sorted times', () => {
  const times = Array.from({ length: 100 }, (_, i) => 99 - i);
  assert.equal(
    [0.5, 0.95, 0.99, 1].map((q) => quantile(times, q)),
    [50, 95, 99, 99],
  );
  assert.ok(Number.isNaN(quantile([], 0.5)));
});

test.run();
