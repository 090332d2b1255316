/**
 * The workloads of bench/train/workloads.ts in jax-js: one compiled function per step, forward, gradients and optimizer
 * together. Arrays are owned in jax-js: a use consumes one, `.ref` keeps it for another. Weights start as PyTorch's do.
 */
import { labelOf, uniform } from '../../dist/bench/shared/numbers.js';

const BATCH = 64;

export function jaxjsWorkloads({ numpy: np, lax, nn, jit, valueAndGrad, vjp, tree, blockUntilReady }) {
  const draw = (shape, seed, scale = 1) => {
    const numbers = uniform(
      shape.reduce((n, d) => n * d, 1),
      seed,
    );
    if (scale !== 1) for (let i = 0; i < numbers.length; i++) numbers[i] *= scale;
    return np.array(numbers).reshape(shape);
  };

  let seed = 20;
  /** Uniform in ±1 / sqrt(fan in). */
  const start = (shape, fan) => draw(shape, seed++, 2 / Math.sqrt(fan));
  const linearStart = (inputs, outputs) => ({ w: start([inputs, outputs], inputs), b: start([outputs], inputs) });
  const convStart = (C, O, k) => ({ w: start([O, C, k, k], C * k * k), b: start([O], C * k * k) });
  const kernelStart = (C, O, k) => start([O, C, k, k], C * k * k);

  const linear = (x, { w, b }) => np.matmul(x, w).add(b);
  const conv = (x, w, stride = 1, padding = 'SAME') => lax.conv(x, w, [stride, stride], padding);
  const biasedConv = (x, { w, b }, padding = 'SAME') => conv(x, w, 1, padding).add(b.reshape([1, -1, 1, 1]));
  const halves = (x) => {
    const [N, C, H, W] = x.shape;
    return x.reshape([N, C, H / 2, 2, W / 2, 2]);
  };
  const maxPool = (x) => np.max(halves(x), [3, 5]);
  const avgPool = (x) => np.mean(halves(x), [3, 5]);
  const square = (x) => x.ref.mul(x);
  const crossEntropy = (logits, y) => nn.logSoftmax(logits).mul(y).sum(-1).mean().neg();
  const oneHot = () => {
    const rows = new Float32Array(BATCH * 10);
    for (let i = 0; i < BATCH; i++) rows[i * 10 + labelOf(i)] = 1;
    return np.array(rows).reshape([BATCH, 10]);
  };
  const zerosLike = (params) => tree.map((p) => np.zeros(p.shape), tree.ref(params));

  /** A compiled step over (state, data); the state's parts are consumed and come back new. */
  const steps = (state, update, data) => {
    const step = jit(update);
    return async () => {
      const [loss, ...next] = step(...state, ...data.map((d) => d.ref));
      state = next;
      return (await loss.data())[0];
    };
  };

  const adam = (params, loss, ...data) => {
    const update = (p, m, v, t, ...batch) => {
      const [value, g] = valueAndGrad(loss)(tree.ref(p), ...batch);
      const t1 = t.add(1);
      const c1 = np
        .exp(t1.ref.mul(Math.log(0.9)))
        .neg()
        .add(1); // 1 - 0.9 ** t
      const c2 = np
        .exp(t1.ref.mul(Math.log(0.999)))
        .neg()
        .add(1);
      const m1 = tree.map((a, b) => a.mul(0.9).add(b.mul(0.1)), m, tree.ref(g));
      const v1 = tree.map((a, b) => a.mul(0.999).add(square(b).mul(0.001)), v, g);
      const move = (a, b) =>
        a
          .div(c1.ref)
          .div(np.sqrt(b.div(c2.ref)).add(1e-8))
          .mul(1e-3);
      const p1 = tree.map((w, a, b) => w.sub(move(a, b)), p, tree.ref(m1), tree.ref(v1));
      c1.dispose();
      c2.dispose();
      return [value, p1, m1, v1, t1];
    };
    return steps(
      [params, zerosLike(params), zerosLike(params), np.array(new Float32Array(1)).reshape([])],
      update,
      data,
    );
  };

  const sgd = (params, loss, ...data) => {
    const update = (p, m, ...batch) => {
      const [value, g] = valueAndGrad(loss)(tree.ref(p), ...batch);
      const m1 = tree.map((a, b) => a.mul(0.9).add(b), m, g);
      return [value, tree.map((w, a) => w.sub(a.mul(0.05)), p, tree.ref(m1)), m1];
    };
    return steps([params, zerosLike(params)], update, data);
  };

  const lenet5 = () => {
    const params = {
      c1: convStart(1, 6, 5),
      c2: convStart(6, 16, 5),
      f1: linearStart(400, 120),
      f2: linearStart(120, 84),
      f3: linearStart(84, 10),
    };
    const loss = (p, x, y) => {
      let h = avgPool(np.tanh(biasedConv(x, p.c1)));
      h = avgPool(np.tanh(biasedConv(h, p.c2, 'VALID'))).reshape([BATCH, 400]);
      h = np.tanh(linear(np.tanh(linear(h, p.f1)), p.f2));
      return crossEntropy(linear(h, p.f3), y);
    };
    return adam(params, loss, draw([BATCH, 1, 28, 28], 3), oneHot());
  };

  const cnn = () => {
    const params = {
      c1: convStart(1, 32, 3),
      c2: convStart(32, 64, 3),
      f1: linearStart(3136, 128),
      f2: linearStart(128, 10),
    };
    const loss = (p, x, y) => {
      let h = maxPool(nn.relu(biasedConv(x, p.c1)));
      h = maxPool(nn.relu(biasedConv(h, p.c2))).reshape([BATCH, 3136]);
      return crossEntropy(linear(nn.relu(linear(h, p.f1)), p.f2), y);
    };
    return adam(params, loss, draw([BATCH, 1, 28, 28], 3), oneHot());
  };

  /** The last hidden state of one direction; xs is the list of its T inputs (N, 28). */
  const lastHidden = (xs, { wx, wh, b }) => {
    let h = np.zeros([BATCH, 128]);
    let c = np.zeros([BATCH, 128]);
    for (const x of xs) {
      const gates = np.matmul(x, wx.ref).add(np.matmul(h, wh.ref)).add(b.ref);
      const [i, f, g, o] = np.split(gates, 4, 1);
      c = nn
        .sigmoid(f)
        .mul(c)
        .add(nn.sigmoid(i).mul(np.tanh(g)));
      h = nn.sigmoid(o).mul(np.tanh(c.ref));
    }
    for (const used of [c, wx, wh, b]) used.dispose();
    return h;
  };
  const lstmStart = () => ({ wx: start([28, 512], 128), wh: start([128, 512], 128), b: start([512], 128) });

  const lstm = () => {
    const loss = (p, x, y) => crossEntropy(linear(lastHidden(np.unstack(x, 1), p.lstm), p.fc), y);
    return adam({ lstm: lstmStart(), fc: linearStart(128, 10) }, loss, draw([BATCH, 28, 28], 3), oneHot());
  };

  const bilstm = () => {
    const loss = (p, x, y) => {
      const forwards = np.unstack(x, 1);
      const backwards = forwards.map((row) => row.ref).reverse();
      return crossEntropy(
        linear(np.concatenate([lastHidden(forwards, p.forward), lastHidden(backwards, p.reverse)], 1), p.fc),
        y,
      );
    };
    return adam(
      { forward: lstmStart(), reverse: lstmStart(), fc: linearStart(256, 10) },
      loss,
      draw([BATCH, 28, 28], 3),
      oneHot(),
    );
  };

  /** Without running statistics, which training does not read. */
  const batchNorm = (x, { g, b }) => {
    const centred = x.ref.sub(np.mean(x, [0, 2, 3], { keepdims: true }));
    const variance = np.mean(square(centred.ref), [0, 2, 3], { keepdims: true });
    return centred
      .div(np.sqrt(variance.add(1e-5)))
      .mul(g.reshape([1, -1, 1, 1]))
      .add(b.reshape([1, -1, 1, 1]));
  };
  const normStart = (C) => ({ g: np.ones([C]), b: np.zeros([C]) });

  const resnet20 = () => {
    const params = { stem: kernelStart(3, 16, 3), norm: normStart(16), blocks: [], fc: linearStart(64, 10) };
    const strides = [];
    let from = 16;
    for (const to of [16, 32, 64]) {
      for (let i = 0; i < 3; i++) {
        strides.push(i === 0 && to > 16 ? 2 : 1);
        const block = {
          w1: kernelStart(from, to, 3),
          n1: normStart(to),
          w2: kernelStart(to, to, 3),
          n2: normStart(to),
        };
        params.blocks.push(from === to ? block : { ...block, shortcut: kernelStart(from, to, 1) });
        from = to;
      }
    }
    const loss = (p, x, y) => {
      let h = nn.relu(batchNorm(conv(x, p.stem), p.norm));
      for (const [i, b] of p.blocks.entries()) {
        const inner = nn.relu(batchNorm(conv(h.ref, b.w1, strides[i]), b.n1));
        const shortcut = b.shortcut === undefined ? h : conv(h, b.shortcut, strides[i]);
        h = nn.relu(batchNorm(conv(inner, b.w2), b.n2).add(shortcut));
      }
      return crossEntropy(linear(np.mean(h, [2, 3]), p.fc), y);
    };
    return sgd(params, loss, draw([BATCH, 3, 32, 32], 3), oneHot());
  };

  const vae = () => {
    const params = {
      encoder: linearStart(2048, 512),
      mean: linearStart(512, 128),
      logvar: linearStart(512, 128),
      decoder1: linearStart(128, 512),
      decoder2: linearStart(512, 2048),
    };
    const loss = (p, x, noise) => {
      const h = nn.relu(linear(x.ref, p.encoder));
      const [m, v] = [linear(h.ref, p.mean), linear(h, p.logvar)];
      const z = m.ref.add(np.exp(v.ref.mul(0.5)).mul(noise));
      const error = linear(nn.relu(linear(z, p.decoder1)), p.decoder2).sub(x);
      const divergence = v.ref.add(1).sub(square(m)).sub(np.exp(v)).sum().mul(-0.5);
      return square(error).sum().add(divergence).div(128);
    };
    return adam(params, loss, draw([128, 2048], 6), draw([128, 128], 7));
  };

  /** Runs a compiled function and waits for all that it returns. */
  const finished =
    (compiled, ...inputs) =>
    async () => {
      const outputs = compiled(...inputs.map((x) => x.ref));
      await blockUntilReady(outputs);
      for (const output of outputs) output.dispose();
      return null;
    };

  const convBothWays = (C, O) => () => {
    const compiled = jit((x, w, dy) => {
      const [y, backward] = vjp((a, b) => conv(a, b), [x, w]);
      const gradients = backward(dy);
      backward.dispose();
      return [y, ...gradients];
    });
    return finished(compiled, draw([BATCH, C, 28, 28], 1), draw([O, C, 3, 3], 2), draw([BATCH, O, 28, 28], 3));
  };

  const matmul = (n) => () =>
    finished(
      jit((a, b) => [np.matmul(a, b)]),
      draw([n, n], 1),
      draw([n, n], 2),
    );

  return {
    lenet5,
    cnn,
    lstm,
    bilstm,
    resnet20,
    vae,
    conv1_32_fwdbwd: convBothWays(1, 32),
    conv32_64_fwdbwd: convBothWays(32, 64),
    matmul512: matmul(512),
    matmul1024: matmul(1024),
  };
}
