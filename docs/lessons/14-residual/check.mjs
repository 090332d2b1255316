import { nn, tensor } from 'weftgrad';
import { hostTensor, programExercise } from 'weftgrad/learn';

const relu = (v) => Math.max(v, 0);
const times = (w, x) => w.map((row) => row.reduce((sum, v, i) => sum + v * x[i], 0));
const turned = (w) => w[0].map((_, i) => w.map((row) => row[i]));
const outer = (d, x) => d.map((a) => x.map((b) => a * b));
/** A tensor (R, C) as a list of rows. */
const rowsOf = ({ shape: [r, c], data }) => Array.from({ length: r }, (_, i) => [...data.slice(i * c, (i + 1) * c)]);
const dot = (a, b) => a.reduce((sum, v, i) => sum + v * b[i], 0);
const rule = (shape, of) =>
  hostTensor(
    shape,
    Array.from(hostTensor(shape).data, (_, i) => of(i)),
  );

const blockOf = (x, w1, w2) => {
  const h = times(w1, x).map(relu);
  const branch = times(w2, h);
  return { h, branch, y: x.map((v, i) => relu(v + branch[i])) };
};

const BOTH_WAYS = 'x is used twice, by the sum and by the branch: what both hand back is added';

const block = programExercise({
  exports: ['blockForward', 'blockBackward'],
  tests: {
    'y = relu(x + F(x))': ({ blockForward }, { draw, close }) => {
      const [x, w1, w2] = [[...draw([5]).data], rowsOf(draw([7, 5])), rowsOf(draw([5, 7]))];
      const { h, branch, y } = blockOf(x, w1, w2);
      const got = blockForward(x, w1, w2);
      close(got.y, y, 'y', {
        mistakes: {
          'that is the branch alone: x is added to it': branch.map(relu),
          'x is added first, then comes the relu': x.map((v, i) => v + relu(branch[i])),
          'the relu at the end is missing': x.map((v, i) => v + branch[i]),
          'the relu between the two layers is missing': x.map((v, i) => relu(v + times(w2, times(w1, x))[i])),
        },
      });
      close(got.h, h, 'h');
    },
    'its backward': ({ blockBackward }, { draw, gradient }) => {
      for (let round = 0; round < 3; round++) {
        const [x, w1, w2] = [draw([5]), draw([7, 5]), draw([5, 7])];
        const dy = [...draw([5]).data];
        const loss = (a, b, c) => dot(dy, blockOf([...a.data], rowsOf(b), rowsOf(c)).y);
        const kept = blockOf([...x.data], rowsOf(w1), rowsOf(w2));
        const { h, y } = kept;
        const { dx, dw1, dw2 } = blockBackward([...x.data], rowsOf(w1), rowsOf(w2), { h, y }, dy);
        const through = (ds, open = (i) => h[i] > 0) => {
          const dh = times(turned(rowsOf(w2)), ds).map((d, i) => (open(i) ? d : 0));
          return { dh, branch: times(turned(rowsOf(w1)), dh) };
        };
        const ds = dy.map((d, i) => (y[i] > 0 ? d : 0));
        const { dh, branch } = through(ds);
        const plus = (a, b) => a.map((v, i) => v + b[i]);
        gradient((v) => loss(v, w1, w2), x, dx, 'dx', {
          mistakes: {
            [`only what comes by the branch: ${BOTH_WAYS}`]: branch,
            [`only what comes by the shortcut: ${BOTH_WAYS}`]: ds,
            'the shortcut gets dy past the last relu, which is behind the sum: it stops both ways': plus(dy, branch),
            'the last relu stops what it has cut off (y is 0): neither way asks it': plus(dy, through(dy).branch),
            'the relu in the branch stops what it has cut off (h is 0)': plus(ds, through(ds, () => true).branch),
          },
        });
        gradient((v) => loss(x, v, w2), w1, dw1, 'dw1', {
          mistakes: {
            'w1 was given x, not h: dw1 is da times x': outer(dh, h.slice(0, 5)),
            'the relu in the branch stops what it has cut off (h is 0)': outer(through(ds, () => true).dh, [...x.data]),
          },
        });
        gradient((v) => loss(x, w1, v), w2, dw2, 'dw2', {
          mistakes: {
            'the last relu stops what it has cut off (y is 0)': outer(dy, h),
            'dw2 is (C, M), as w2 is: row o belongs to output o': hostTensor([5, 7], outer(h, ds).flat()),
          },
        });
      }
    },
    'forty blocks with small weights: dx is nearly dy': ({ blockForward, blockBackward }, { draw, close, fail }) => {
      let x = [...draw([5], 1, 2).data];
      const kept = [];
      for (let i = 0; i < 40; i++) {
        const [w1, w2] = [rowsOf(draw([7, 5], -0.01, 0.01)), rowsOf(draw([5, 7], -0.01, 0.01))];
        kept.push([x, w1, w2, blockForward(x, w1, w2)]);
        x = kept.at(-1)[3].y;
      }
      const dy = [...draw([5]).data];
      let d = dy;
      for (const [input, w1, w2, saved] of kept.reverse()) d = blockBackward(input, w1, w2, saved, d).dx;
      if (d.every((v) => Math.abs(v) < 1e-6)) fail('nothing is left of dy after 40 blocks', BOTH_WAYS);
      close(d, dy, 'dx', { tolerance: 0.05 });
    },
  },
});

const half = (n) => Math.ceil(n / 2);
/** Element [c, i, j] of (C, H, W). */
const at = ({ shape: [, H, W], data }, c, i, j) => data[(c * H + i) * W + j];
const SIZES = [
  { C: 2, K: 3, H: 4, W: 6 },
  { C: 3, K: 5, H: 5, W: 7 },
  { C: 2, K: 2, H: 1, W: 3 },
];
/** A tensor (K, h, w) by its indices. */
const map = ([K, h, w], of) => rule([K, h, w], (n) => of(Math.floor(n / (h * w)), Math.floor(n / w) % h, n % w));
const paddedOf = (x, K, step = 2, first = 0, from = 0) => {
  const [C, H, W] = x.shape;
  return map([K, half(H), half(W)], (k, i, j) => {
    const [c, r, s] = [k - from, step * i + first, step * j + first];
    return c >= 0 && c < C && r < H && s < W ? at(x, c, r, s) : 0;
  });
};
const projectedOf = (x, weight, step = 2, index = (k, c, K, C) => k * C + c) => {
  const [C, H, W] = x.shape;
  const [K] = weight.shape;
  return map([K, half(H), half(W)], (k, i, j) => {
    let sum = 0;
    for (let c = 0; c < C; c++) sum += weight.data[index(k, c, K, C)] * at(x, c, step * i, step * j);
    return sum;
  });
};
const SPREAD = 'y [k, i, j] came from x [k, 2i, 2j]: between those pixels dx is 0, as nobody looked there';

const shortcut = programExercise({
  exports: ['padded', 'paddedBackward', 'projected', 'projectedBackward'],
  tests: {
    'every other pixel, zeros for the new channels': ({ padded }, { draw, close }) => {
      for (const { C, K, H, W } of SIZES) {
        const x = draw([C, H, W]);
        close(padded(x, K), paddedOf(x, K), 'y', {
          mistakes: {
            'these are the first pixels: of two pixels one is taken, [2i, 2j]': paddedOf(x, K, 1),
            'every other pixel from the first on, not from the second': paddedOf(x, K, 2, 1),
            'the new channels come behind those of x': paddedOf(x, K, 2, 0, K - C),
            'the new channels are zero': map([K, half(H), half(W)], (k, i, j) => at(x, k % C, 2 * i, 2 * j)),
          },
        });
      }
    },
    'its gradient': ({ paddedBackward }, { draw, gradient }) => {
      for (const { C, K, H, W } of SIZES) {
        const [x, dy] = [draw([C, H, W]), draw([K, half(H), half(W)])];
        gradient((v) => dot(dy.data, paddedOf(v, K).data), x, paddedBackward(x.shape, dy), 'dx', {
          mistakes: {
            [SPREAD]: map([C, H, W], (c, i, j) => at(dy, c, Math.floor(i / 2), Math.floor(j / 2))),
            'dx is written where y lies, at [i, j]: it belongs to [2i, 2j]': map([C, H, W], (c, i, j) =>
              i < half(H) && j < half(W) ? at(dy, c, i, j) : 0,
            ),
          },
        });
      }
    },
    'a 1 x 1 convolution of stride 2': ({ projected }, { draw, close }) => {
      for (const { C, K, H, W } of SIZES) {
        const [x, weight] = [draw([C, H, W]), draw([K, C])];
        close(projected(x, weight), projectedOf(x, weight), 'y', {
          mistakes: {
            'these are the first pixels: the stride is 2, [2i, 2j]': projectedOf(x, weight, 1),
            'weight is (K, C): from one k to the next there are C numbers': projectedOf(
              x,
              weight,
              2,
              (k, c, n) => c * n + k,
            ),
            'a sum over c: the last channel overwrites the others': map([K, half(H), half(W)], (k, i, j) => {
              return weight.data[k * C + C - 1] * at(x, C - 1, 2 * i, 2 * j);
            }),
          },
        });
      }
    },
    'its gradients': ({ projectedBackward }, { draw, gradient }) => {
      for (const { C, K, H, W } of SIZES) {
        const [x, weight, dy] = [draw([C, H, W]), draw([K, C]), draw([K, half(H), half(W)])];
        const { dx, dweight } = projectedBackward(x, weight, dy);
        const back = (ks, spread = false) =>
          map([C, H, W], (c, i, j) => {
            if (!spread && (i % 2 === 1 || j % 2 === 1)) return 0;
            return ks.reduce((s, k) => s + weight.data[k * C + c] * at(dy, k, Math.floor(i / 2), Math.floor(j / 2)), 0);
          });
        const all = Array.from({ length: K }, (_, k) => k);
        gradient((v) => dot(dy.data, projectedOf(v, weight).data), x, dx, 'dx', {
          mistakes: {
            'each of the K outputs used this pixel: their gradients are added, and here the last one overwrites': back([
              K - 1,
            ]),
            [SPREAD]: back(all, true),
          },
        });
        const [h, w] = [half(H), half(W)];
        gradient((v) => dot(dy.data, projectedOf(x, v).data), weight, dweight, 'dweight', {
          mistakes: {
            'all pixels used this weight: it is a sum over them, and here the last one overwrites': rule(
              [K, C],
              (n) => {
                return at(dy, Math.floor(n / C), h - 1, w - 1) * at(x, n % C, 2 * h - 2, 2 * w - 2);
              },
            ),
            'the weight was multiplied by x [c, 2i, 2j], not by x [c, i, j]': rule([K, C], (n) => {
              let sum = 0;
              for (let i = 0; i < h; i++)
                for (let j = 0; j < w; j++) sum += at(dy, Math.floor(n / C), i, j) * at(x, n % C, i, j);
              return sum;
            }),
          },
        });
      }
    },
  },
});

const KEYS = ['fc1.weight', 'bn1.weight', 'bn1.bias', 'fc2.weight', 'bn2.weight', 'bn2.bias'];

async function checkBlock(Block, hasShortcut, { draw, device: open, close }) {
  const device = await open();
  const [N, C] = [4, 5];
  const x = draw([N, C]);
  const model = new Block(C, hasShortcut).to(device).eval(); // running statistics: mean 0, variance 1
  const w = {};
  for (const [name, p] of model.namedParameters()) {
    w[name] = draw(p.shape);
    p.value.write(w[name].data.map(Number));
  }
  const norm = (name, v) => {
    const [g, b] = [w[`${name}.weight`].data, w[`${name}.bias`].data];
    return v.map((a, i) => (a * g[i]) / Math.sqrt(1 + 1e-5) + b[i]);
  };
  const hidden = (row) => norm('bn1', times(rowsOf(w['fc1.weight']), row)).map(relu);
  const second = (h) => times(rowsOf(w['fc2.weight']), h);
  const branch = (row) => norm('bn2', second(hidden(row)));
  const each = (of) => hostTensor([N, C], rowsOf(x).flatMap(of));
  const plus = (a, b) => a.map((v, i) => v + b[i]);
  const withIt = each((row) => plus(row, branch(row)).map(relu));
  const without = each((row) => branch(row).map(relu));
  const y = device.step(() => model.forward(tensor(device, x.data, { shape: [N, C] })));
  const got = hostTensor([N, C], await y.read());
  close(got, hasShortcut ? withIt : without, 'y', {
    mistakes: hasShortcut
      ? {
          'the shortcut is missing: x is added to the branch': without,
          'x is added first, then comes the relu': each((row) => plus(row, branch(row).map(relu))),
          'x is added before the second batch norm, which then rescales it: it is added behind': each((row) =>
            norm('bn2', plus(row, second(hidden(row)))).map(relu),
          ),
          'h is added: the shortcut begins at x, before the first layer': each((row) =>
            plus(hidden(row), branch(row)).map(relu),
          ),
        }
      : { 'there is to be no shortcut: hasShortcut is false': withIt },
  });
}

const network = programExercise({
  exports: ['Block'],
  tests: {
    'it is a module of two linear layers and two batch norms': ({ Block }, { same, fail }) => {
      const model = new Block(5, true);
      if (!(model instanceof nn.Module)) fail('Block is no nn.Module', 'class Block extends nn.Module');
      same(
        [...model.namedParameters()].map(([name]) => name).sort(),
        [...KEYS].sort(),
        'the list of parameters of a Block',
      );
    },
    ...Object.fromEntries(
      [true, false].map((hasShortcut) => [
        hasShortcut ? 'with a shortcut' : 'without one',
        ({ Block }, trial) => checkBlock(Block, hasShortcut, trial),
      ]),
    ),
  },
});

export const exercises = { block, shortcut, network };
