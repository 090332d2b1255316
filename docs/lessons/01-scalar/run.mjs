/**
 * A network of scalars learns, by your Value; Weft's own graph gives the same gradients; and what a node costs on this
 * machine.
 */
import { backward, tensor } from 'weftgrad';

/** Four points that no line parts: two inputs, and whether exactly one of them is positive. */
const POINTS = [
  [-1, -1, -1],
  [-1, 1, 1],
  [1, -1, 1],
  [1, 1, -1],
];
const HIDDEN = 4;

/** Weights of a network 2 -> 4 -> 1, fixed, so that all runs agree. */
const weights = () => Array.from({ length: HIDDEN * 4 + 1 }, (_, i) => Math.sin(3 * i + 1));

/** sum over points of (network - target)^2, of anything that can add, multiply and tanh. */
function lossOf(w, constant) {
  let loss = constant(0);
  for (const [x0, x1, target] of POINTS) {
    let out = w[HIDDEN * 4];
    for (let h = 0; h < HIDDEN; h++) {
      const [w0, w1, bias, v] = w.slice(4 * h, 4 * h + 4);
      out = out.add(
        w0
          .mul(constant(x0))
          .add(w1.mul(constant(x1)))
          .add(bias)
          .tanh()
          .mul(v),
      );
    }
    const miss = out.add(constant(-target));
    loss = loss.add(miss.mul(miss));
  }
  return loss;
}

export async function run({ device, print, table, module, quick }) {
  const { Value } = await module('scalar');
  const constant = (x) => new Value(x);

  print('A network of 17 scalars learns "exactly one of the two", by steps of -0.1 times the gradient:');
  let w = weights().map(constant);
  const rows = [];
  for (let step = 0; step <= 100; step++) {
    const loss = lossOf(w, constant);
    loss.backward();
    if (step % 20 === 0) rows.push([step, loss.data.toFixed(4)]);
    w = w.map((v) => constant(v.data - 0.1 * v.grad));
  }
  table(['step', 'loss'], rows);

  const mine = weights().map(constant);
  lossOf(mine, constant).backward();
  const theirs = weights().map((x) => tensor(device, [x], { requiresGrad: true }));
  device.step(() => backward(lossOf(theirs, (x) => tensor(device, [x])).sum()));
  const grads = await Promise.all(theirs.map(async (t) => (await t.grad.read())[0]));
  const difference = Math.max(...grads.map((g, i) => Math.abs(g - mine[i].grad)));
  print(`\nsrc/autograd/graph.ts gives the same 17 gradients: they differ by at most ${difference.toExponential(1)}`);

  const nodes = countNodes(lossOf(mine, constant));
  const rounds = quick ? 3 : 30;
  const scalars = microseconds(rounds, () => lossOf(mine, constant).backward());
  const tensors = microseconds(quick ? 1 : 3, () =>
    device.step(() => backward(lossOf(theirs, (x) => tensor(device, [x])).sum())),
  );
  print(`\nOne forward and backward of ${nodes} nodes on this machine, host time:`);
  table(
    ['', 'microseconds a node'],
    [
      ['your Value', (scalars / nodes).toFixed(2)],
      ['Weft, tensors of one number', (tensors / nodes).toFixed(2)],
    ],
  );
  print(
    'A tensor costs that much whether it holds one number or a million: a graph of scalars is for understanding, a\n' +
      'graph of tensors for computing. Lesson 02 makes the step.',
  );
}

function countNodes(root) {
  const seen = new Set();
  const visit = (v) => {
    if (seen.has(v)) return;
    seen.add(v);
    v.inputs.forEach(visit);
  };
  visit(root);
  return seen.size;
}

/** The least of several rounds. */
function microseconds(rounds, body) {
  let least = Infinity;
  for (let i = 0; i < rounds; i++) {
    const started = performance.now();
    body();
    least = Math.min(least, performance.now() - started);
  }
  return 1000 * least;
}
