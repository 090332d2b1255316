/** A training step from the inside: the trace itself, its form for viewers, its picture, what the command says. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { chromeTrace, type TraceEvent } from '../../src/explain/chrome_trace.js';
import { graphPicture } from '../../src/explain/graph_picture.js';
import { traceStep, type StepTrace } from '../../src/explain/trace.js';
import { weft } from '../cli/weft.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('trace');
const folder = mkdtempSync(join(tmpdir(), 'weft-trace-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const INPUT = { channels: 1, height: 28, width: 28, classes: 10 };
let kept: StepTrace | null = null;
const traced = async (): Promise<StepTrace> => (kept ??= await traceStep(await testDevice(), 'lenet5', INPUT, 4));

test('every launch belongs to an op, in the order forward, backward, optimizer', async () => {
  const { ops, launches } = await traced();
  assert.ok(launches.length > 20, `${launches.length} launches`);
  assert.ok(launches.every((l, i) => l.op >= 0 && (i === 0 || l.op >= launches[i - 1].op)));
  const phases = ops.map((op) => op.phase);
  assert.equal([...new Set(phases)], ['forward', 'backward', 'optimizer']);
  assert.is(phases.lastIndexOf('forward') + 1, phases.indexOf('backward'));
  assert.equal(
    ops.filter((op) => op.phase === 'forward').map((op) => op.name),
    ['conv2d', 'avg_pool2d', 'conv2d', 'avg_pool2d', 'reshape', 'linear', 'linear', 'linear', 'cross_entropy'],
  );
});

test('shapes, parameters and gradients are those of the model', async () => {
  const { ops, values } = await traced();
  const first = ops[0];
  assert.equal(first.inputs, [[4, 1, 28, 28], [6, 1, 5, 5], [6]]);
  assert.equal(first.outputs, [[4, 6, 28, 28]]);
  assert.equal(
    first.from.map((v) => values[v].name),
    ['x', 'conv1.weight', 'conv1.bias'],
  );
  const last = ops.filter((op) => op.phase === 'backward').at(-1);
  assert.is(last?.of, first.to, 'the last backward is that of the first op');
  assert.equal(last?.outputs, [null, [6, 1, 5, 5], [6]], 'the batch needs no gradient');
});

test('memory in use rises and falls, and its peak is named', async () => {
  const { launches, peak } = await traced();
  const most = Math.max(...launches.map((l) => l.bytesInUse));
  assert.is(launches[peak].bytesInUse, most);
  assert.ok(
    launches.every((l) => l.bytesInUse >= l.bytesWritten),
    'what is written is in use',
  );
  assert.ok(most > 1.5 * launches[0].bytesInUse);
});

/** As assert.ok, in an error that assert.throws can see. */
function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** What the Trace Event Format asks of events of these kinds. */
function checkEvents(events: readonly TraceEvent[]): void {
  for (const e of events) {
    must(typeof e.name === 'string' && e.name !== '', 'a name');
    must(['X', 'M', 'C'].includes(e.ph), e.ph);
    for (const field of ['pid', 'tid', 'ts'] as const) must(Number.isFinite(e[field]) && e[field] >= 0, field);
    if (e.ph === 'X') must(e.dur !== undefined && Number.isFinite(e.dur) && e.dur > 0, `${e.name} lasts`);
    if (e.ph === 'M')
      must(['process_name', 'thread_name'].includes(e.name) && typeof e.args['name'] === 'string', 'metadata');
    if (e.ph === 'C')
      must(
        Object.values(e.args).every((v) => typeof v === 'number'),
        'counters',
      );
  }
  for (const tid of new Set(events.map((e) => e.tid))) {
    const track = events.filter((e) => e.tid === tid && e.ph === 'X');
    track.forEach((e, i) => {
      const before = track[i - 1];
      if (before !== undefined) must(e.ts >= before.ts + (before.dur ?? 0) - 1e-6, `${before.name}, ${e.name} overlap`);
    });
  }
}

test('the trace is in the Trace Event Format', async () => {
  const trace = await traced();
  const { traceEvents } = chromeTrace(trace, 'lenet5');
  checkEvents(traceEvents);
  const kernels = traceEvents.filter((e) => e.ph === 'X' && e.tid === 2);
  assert.is(kernels.length, trace.launches.length);
  assert.throws(() => checkEvents([{ ...kernels[0], dur: -1 }]), /lasts/);
  assert.throws(() => checkEvents([kernels[0], { ...kernels[1], ts: kernels[0].ts }]), /overlap/);
});

test('the picture has every op, parameter and gradient, and is well-formed', async () => {
  const { ops, values } = await traced();
  const svg = graphPicture(await traced(), 'a <title> & more');
  const forward = ops.filter((op) => op.phase === 'forward');
  assert.is(svg.match(/class="op"/g)?.length, forward.length);
  const parameters = values.filter((v) => v.name !== null && v.name !== 'x');
  assert.is(svg.match(/class="parameter"/g)?.length, parameters.length);
  // 8 edges between the 9 ops, and 10 parameters
  assert.is(svg.match(/class="back"/g)?.length, forward.length - 1 + parameters.length - 1, 'labels have no gradient');
  assert.ok(svg.includes('a &lt;title&gt; &amp; more'));
  assert.not.ok(/NaN|undefined|Infinity/.test(svg));
});

test('the command writes trace and pictures, prints a table or a document', async () => {
  const { code, stdout, stderr } = await weft(['trace', '--model', 'lenet5', '--batch', '2', '--out', 'inside'], {
    cwd: folder,
  });
  assert.is(code, 0, stderr);
  assert.ok(/conv2d backward/.test(stdout) && /most memory is in use at launch \d+/.test(stdout), stdout);
  checkEvents(
    (JSON.parse(readFileSync(join(folder, 'inside', 'trace.json'), 'utf8')) as { traceEvents: TraceEvent[] })
      .traceEvents,
  );
  assert.ok(existsSync(join(folder, 'inside', 'graph.svg')));
  assert.equal([...readFileSync(join(folder, 'inside', 'graph.png')).subarray(1, 4)], [...Buffer.from('PNG')]);
  const short = await weft(['trace', '--model', 'lenet5', '--batch', '2', '--top', '3'], { cwd: folder });
  assert.is(short.stdout.split('\n').filter((line) => /^ *\d+ {2}/.test(line)).length, 3, short.stdout);
  assert.is((await weft(['trace', '--model', 'lenet'], { cwd: folder })).code, 2);
});

test('WEFT_DEBUG says each kernel and op as it is recorded, or those of a name', async () => {
  const args = ['trace', '--model', 'lenet5', '--batch', '2', '--top', '1'];
  const all = await weft(args, { cwd: folder, env: { WEFT_DEBUG: '1' } });
  assert.ok(/^launch adam.*: \d+ workgroups, reads .*, writes /m.test(all.stderr), all.stderr.slice(0, 2000));
  assert.ok(/^op conv2d: \(2, 1, 28, 28\), \(6, 1, 5, 5\), \(6,\) -> \(2, 6, 28, 28\)$/m.test(all.stderr));
  const some = await weft(args, { cwd: folder, env: { WEFT_DEBUG: 'adam' } });
  assert.ok(some.stderr.includes('launch adam') && !some.stderr.includes('conv2d'), some.stderr);
});

const CHECKS = `import { apply, defineOp, tensor } from 'weftgrad';
const op = defineOp({
  name: 'NAME',
  forward: ([x]) => ({ output: x.mul(x), saved: x }),
  backward: (dy, x) => [dy.mul(x).mul(FACTOR)],
});
export const checks = {
  own: { f: (x) => apply(op, [x], null), inputs: (device) => [tensor(device, [0.5, -1.5], { requiresGrad: true })] },
};
`;

test('weft gradcheck tells right gradients from wrong ones, and says what it wants', async () => {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return name;
  };
  const right = write('right.mjs', CHECKS.replace('NAME', 'test_right_square').replace('FACTOR', '2'));
  const good = await weft(['gradcheck', right], { cwd: folder });
  assert.is(good.code, 0, good.stderr);
  assert.ok(good.stdout.includes('✓ own: gradients of (2,)'), good.stdout);
  const wrong = write('wrong.mjs', CHECKS.replace('NAME', 'test_wrong_square').replace('FACTOR', '1'));
  const bad = await weft(['gradcheck', wrong], { cwd: folder });
  assert.is(bad.code, 8);
  assert.ok(/✗ own: \[gradcheck\] input 0 \(2,\), element 0: backward gives/.test(bad.stdout), bad.stdout);
  const none = await weft(['gradcheck', write('none.mjs', 'export const f = 1;\n')], { cwd: folder });
  assert.is(none.code, 2);
  assert.ok(none.stderr.includes('exports no checks') && none.stderr.includes('export const checks ='), none.stderr);
});

test.run();
