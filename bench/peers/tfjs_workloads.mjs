/**
 * The workloads of bench/train/workloads.ts in TensorFlow.js: images lie as N H W C there, weights start as PyTorch's
 * do.
 */
import { labelOf, uniform } from '../../dist/bench/shared/numbers.js';

const BATCH = 64;

/** The numbers of an (N, C, H, W) array in the order N H W C. */
function channelsLast(numbers, [N, C, H, W]) {
  const moved = new Float32Array(numbers.length);
  for (let n = 0; n < N; n++)
    for (let c = 0; c < C; c++)
      for (let i = 0; i < H * W; i++) moved[(n * H * W + i) * C + c] = numbers[(n * C + c) * H * W + i];
  return moved;
}

/** @param finish waits for tensors that are not read. */
export function tfjsWorkloads(tf, finish) {
  const { layers: L } = tf;
  const draw = (shape, seed) =>
    tf.tensor(
      uniform(
        shape.reduce((n, d) => n * d, 1),
        seed,
      ),
      shape,
    );
  const images = (shape, seed) => {
    const [N, C, H, W] = shape;
    return tf.tensor(channelsLast(uniform(N * C * H * W, seed), shape), [N, H, W, C]);
  };
  const oneHot = () =>
    tf.tidy(() =>
      tf.cast(
        tf.oneHot(
          tf.tensor1d(
            Int32Array.from({ length: BATCH }, (_, i) => labelOf(i)),
            'int32',
          ),
          10,
        ),
        'float32',
      ),
    );

  /** Uniform in ±1 / sqrt(fan in), weights as biases. */
  const bounded = (fan, seed) =>
    tf.initializers.randomUniform({ minval: -1 / Math.sqrt(fan), maxval: 1 / Math.sqrt(fan), seed });
  const starts = (fan) => ({ kernelInitializer: bounded(fan, 1), biasInitializer: bounded(fan, 2) });
  const conv = (inChannels, filters, kernelSize, more = {}) =>
    L.conv2d({ filters, kernelSize, padding: 'same', ...starts(inChannels * kernelSize ** 2), ...more });
  const dense = (inputs, units, more = {}) => L.dense({ units, ...starts(inputs), ...more });
  const lstm = () =>
    L.lstm({
      units: 128,
      recurrentActivation: 'sigmoid',
      unitForgetBias: false,
      kernelInitializer: bounded(128, 1),
      recurrentInitializer: bounded(128, 2),
      biasInitializer: bounded(128, 3),
    });

  const train = (optimizer, loss) => async () => {
    const value = optimizer.minimize(loss, true);
    const [number] = await value.data();
    value.dispose();
    return number;
  };
  const classify = (model, x, optimizer = tf.train.adam(1e-3)) => {
    const y = oneHot();
    return train(optimizer, () => tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true })));
  };

  const lenet5 = () => {
    const tanh = { activation: 'tanh' };
    const pool = () => L.averagePooling2d({ poolSize: 2 });
    const model = tf.sequential({
      layers: [
        conv(1, 6, 5, { inputShape: [28, 28, 1], ...tanh }),
        pool(),
        conv(6, 16, 5, { padding: 'valid', ...tanh }),
        pool(),
        L.flatten(),
        dense(400, 120, tanh),
        dense(120, 84, tanh),
        dense(84, 10),
      ],
    });
    return classify(model, images([BATCH, 1, 28, 28], 3));
  };

  const cnn = () => {
    const relu = { activation: 'relu' };
    const pool = () => L.maxPooling2d({ poolSize: 2 });
    const model = tf.sequential({
      layers: [
        conv(1, 32, 3, { inputShape: [28, 28, 1], ...relu }),
        pool(),
        conv(32, 64, 3, relu),
        pool(),
        L.flatten(),
        dense(3136, 128, relu),
        dense(128, 10),
      ],
    });
    return classify(model, images([BATCH, 1, 28, 28], 3));
  };

  const recurrent = (isBidirectional) => () => {
    const input = tf.input({ shape: [28, 28] });
    const h = (isBidirectional ? L.bidirectional({ layer: lstm(), mergeMode: 'concat' }) : lstm()).apply(input);
    const model = tf.model({ inputs: input, outputs: dense(isBidirectional ? 256 : 128, 10).apply(h) });
    return classify(model, draw([BATCH, 28, 28], 3));
  };

  const resnet20 = () => {
    const normed = (x, inChannels, filters, kernel, strides) =>
      L.batchNormalization({ momentum: 0.9, epsilon: 1e-5 }).apply(
        conv(inChannels, filters, kernel, { strides, useBias: false }).apply(x),
      );
    const relu = (x) => L.reLU().apply(x);
    const input = tf.input({ shape: [32, 32, 3] });
    let h = relu(normed(input, 3, 16, 3, 1));
    let from = 16;
    for (const to of [16, 32, 64]) {
      for (let i = 0; i < 3; i++) {
        const stride = i === 0 && to > 16 ? 2 : 1;
        const y = normed(relu(normed(h, from, to, 3, stride)), to, to, 3, 1);
        const shortcut = stride === 2 ? conv(from, to, 1, { strides: 2, useBias: false }).apply(h) : h;
        h = relu(L.add().apply([y, shortcut]));
        from = to;
      }
    }
    const model = tf.model({
      inputs: input,
      outputs: dense(64, 10).apply(L.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(h)),
    });
    return classify(model, images([BATCH, 3, 32, 32], 3), tf.train.momentum(0.05, 0.9));
  };

  const vae = () => {
    const linear = (inputs, outputs, seed) => {
      const scaled = (shape, s) => tf.variable(tf.tidy(() => tf.mul(draw(shape, s), 2 / Math.sqrt(inputs))));
      const [w, b] = [scaled([inputs, outputs], seed), scaled([outputs], seed + 1)];
      return (x) => tf.add(tf.matMul(x, w), b);
    };
    const [encoder, mean, logvar, decoder1, decoder2] = [
      linear(2048, 512, 11),
      linear(512, 128, 13),
      linear(512, 128, 15),
      linear(128, 512, 17),
      linear(512, 2048, 19),
    ];
    const [x, noise] = [draw([128, 2048], 6), draw([128, 128], 7)];
    return train(tf.train.adam(1e-3), () => {
      const h = tf.relu(encoder(x));
      const [m, v] = [mean(h), logvar(h)];
      const z = tf.add(m, tf.mul(tf.exp(tf.mul(v, 0.5)), noise));
      const squared = tf.sum(tf.square(tf.sub(decoder2(tf.relu(decoder1(z))), x)));
      const divergence = tf.mul(tf.sum(tf.sub(tf.sub(tf.add(v, 1), tf.square(m)), tf.exp(v))), -0.5);
      return tf.div(tf.add(squared, divergence), 128);
    });
  };

  const convBothWays = (C, O) => () => {
    const [x, dy] = [images([BATCH, C, 28, 28], 1), images([BATCH, O, 28, 28], 3)];
    const w = tf.tidy(() => tf.transpose(draw([O, C, 3, 3], 2), [2, 3, 1, 0]));
    let y = null;
    const gradients = tf.grads((a, b) => (y = tf.keep(tf.conv2d(a, b, 1, 'same'))));
    return () => finish([...tf.tidy(() => gradients([x, w], dy)), y]);
  };

  const matmul = (n) => () => {
    const [a, b] = [draw([n, n], 1), draw([n, n], 2)];
    return () => finish([tf.matMul(a, b)]);
  };

  return {
    lenet5,
    cnn,
    resnet20,
    vae,
    lstm: recurrent(false),
    bilstm: recurrent(true),
    conv1_32_fwdbwd: convBothWays(1, 32),
    conv32_64_fwdbwd: convBothWays(32, 64),
    matmul512: matmul(512),
    matmul1024: matmul(1024),
  };
}
