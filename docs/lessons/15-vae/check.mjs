import { nn, tensor } from 'weftgrad';
import { hostTensor, programExercise } from 'weftgrad/learn';

const list = ({ data }) => [...data];
const sum = (numbers) => numbers.reduce((s, v) => s + v, 0);
const klOf = (mean, logVar) => sum(mean.map((m, i) => m * m + Math.exp(logVar[i]) - 1 - logVar[i])) / 2;

const kl = programExercise({
  exports: ['kl', 'klBackward'],
  tests: {
    'of the standard normal from itself: 0': ({ kl }, { close }) => {
      close(kl([0, 0, 0], [0, 0, 0]), 0, 'kl', {
        mistakes: {
          'the -1 of each latent number is missing': 1.5,
          'exp(0) is 1, and so is the variance: the exp is missing': -1.5,
        },
      });
    },
    'by the formula': ({ kl }, { draw, close }) => {
      for (const n of [1, 5]) {
        const [mean, logVar] = [list(draw([n], -2, 2)), list(draw([n], -2, 1))];
        const right = klOf(mean, logVar);
        close(kl(mean, logVar), right, 'kl', {
          mistakes: {
            'the sign: it is never below 0': -right,
            'the half is missing': 2 * right,
            'it is a sum over the latent numbers, not their mean': right / n,
            'logVar is the logarithm of the variance already: its exp is not squared':
              sum(mean.map((m, i) => m * m + Math.exp(2 * logVar[i]) - 1 - 2 * logVar[i])) / 2,
            'mean is squared': sum(mean.map((m, i) => m + Math.exp(logVar[i]) - 1 - logVar[i])) / 2,
            'the variance is exp(logVar), not exp(logVar / 2): that is the standard deviation':
              sum(mean.map((m, i) => m * m + Math.exp(logVar[i] / 2) - 1 - logVar[i])) / 2,
          },
        });
      }
    },
    'it agrees with a mean of log q - log p over many draws': ({ kl }, { draw, close }) => {
      const [mean, logVar, count] = [0.8, -0.6, 20000];
      const [u, v] = [draw([count], 0, 1).data, draw([count], 0, 1).data];
      let total = 0;
      for (let i = 0; i < count; i++) {
        const noise = Math.sqrt(-2 * Math.log(1 - u[i])) * Math.cos(2 * Math.PI * v[i]);
        const z = mean + Math.exp(logVar / 2) * noise;
        total += -logVar / 2 - noise ** 2 / 2 + z ** 2 / 2;
      }
      close(kl([mean], [logVar]), total / count, 'kl', { tolerance: 0.05 });
    },
    'its gradient': ({ klBackward }, { draw, gradient }) => {
      const [mean, logVar] = [draw([4], -2, 2), draw([4], -2, 1)];
      for (const dy of [1, -0.75]) {
        const { dmean, dlogVar } = klBackward(list(mean), list(logVar), dy);
        const slope = (of) => list(logVar).map((v) => dy * of(v));
        gradient((m) => dy * klOf(list(m), list(logVar)), mean, dmean, 'dmean', {
          mistakes: {
            'the slope alone: it is multiplied by dy': list(mean),
            'mean²/2 has the slope mean': list(mean).map((m) => 2 * m * dy),
          },
        });
        gradient((v) => dy * klOf(list(mean), list(v)), logVar, dlogVar, 'dlogVar', {
          mistakes: {
            'the slope alone: it is multiplied by dy': list(logVar).map((v) => (Math.exp(v) - 1) / 2),
            'the half is missing': slope((v) => Math.exp(v) - 1),
            'the -logVar has a slope, too: it pulls a small variance up': slope((v) => Math.exp(v) / 2),
            'that is the gradient in the variance: by logVar it is times exp(logVar)': slope(
              (v) => (1 - Math.exp(-v)) / 2,
            ),
          },
        });
      }
    },
  },
});

const drawn = (mean, logVar, noise) => mean.map((m, i) => m + Math.exp(logVar[i] / 2) * noise[i]);

const reparameterise = programExercise({
  exports: ['reparameterise', 'reparameteriseBackward'],
  tests: {
    'z = mean + standard deviation · noise': ({ reparameterise }, { draw, close }) => {
      const [mean, logVar, noise] = [list(draw([5])), list(draw([5], -2, 1)), list(draw([5], -2, 2))];
      close(reparameterise(mean, logVar, noise), drawn(mean, logVar, noise), 'z', {
        mistakes: {
          'noise is multiplied by the standard deviation, not by the variance: exp(logVar / 2)': mean.map(
            (m, i) => m + Math.exp(logVar[i]) * noise[i],
          ),
          'logVar is a logarithm: its exp is missing': mean.map((m, i) => m + (logVar[i] / 2) * noise[i]),
          'that is the mean alone: nothing is drawn': mean,
          'the noise has its own scale: it is multiplied by the standard deviation': mean.map((m, i) => m + noise[i]),
        },
      });
    },
    'its gradient': ({ reparameteriseBackward }, { draw, gradient }) => {
      const [mean, logVar] = [draw([5]), draw([5], -2, 1)];
      const [noise, dz] = [list(draw([5], -2, 2)), list(draw([5]))];
      const { dmean, dlogVar } = reparameteriseBackward(list(logVar), noise, dz);
      const loss = (m, v) => sum(drawn(list(m), list(v), noise).map((z, i) => z * dz[i]));
      const slope = (of) => dz.map((d, i) => d * of(logVar.data[i], noise[i]));
      gradient((m) => loss(m, logVar), mean, dmean, 'dmean', {
        mistakes: {
          'mean moves z one to one, whatever the noise was': slope((v, n) => n),
          'the slope alone, 1: it is multiplied by dz': dz.map(() => 1),
        },
      });
      gradient((v) => loss(mean, v), logVar, dlogVar, 'dlogVar', {
        mistakes: {
          'the noise is missing: the standard deviation was multiplied by it': slope((v) => Math.exp(v / 2) / 2),
          'exp(logVar / 2) has the slope exp(logVar / 2) / 2: the half is missing': slope(
            (v, n) => n * Math.exp(v / 2),
          ),
          'that is the gradient in the standard deviation: by logVar it is times exp(logVar / 2) / 2': slope(
            (v, n) => n,
          ),
          'that is the slope of exp(logVar), the variance': slope((v, n) => n * Math.exp(v)),
        },
      });
    },
  },
});

const rowsOf = ({ shape: [r, c], data }) => Array.from({ length: r }, (_, i) => [...data.slice(i * c, (i + 1) * c)]);
const [N, D, HIDDEN, Z] = [3, 7, 5, 2];

/** A model of the reader's with drawn weights on the device; its layers in f64. */
function modelOf(Vae, device, draw) {
  const model = new Vae(D, HIDDEN, Z).to(device);
  const layers = {};
  for (const [name, p] of model.namedParameters()) {
    layers[name] = draw(p.shape);
    p.value.write(layers[name].data.map(Number));
  }
  const linear = (name, rows) => {
    const weight = rowsOf(layers[`${name}.weight`]);
    return rows.map((x) => weight.map((w, o) => sum(w.map((v, i) => v * x[i])) + layers[`${name}.bias`].data[o]));
  };
  const positive = (rows) => rows.map((row) => row.map((v) => Math.max(v, 0)));
  const encode = (x) => {
    const h = positive(linear('encoder', x));
    return { mean: linear('mean', h), logVar: linear('logVar', h) };
  };
  return { model, encode, decode: (z) => linear('out', positive(linear('decoder', z))) };
}
const upload = (device, { shape, data }) => tensor(device, data, { shape });
const sigmoid = (v) => 1 / (1 + Math.exp(-v));

const vae = programExercise({
  exports: ['Vae'],
  tests: {
    'the negative ELBO': async ({ Vae }, { draw, device: open, close, fail }) => {
      const device = await open();
      const { model, encode, decode } = modelOf(Vae, device, draw);
      if (!(model instanceof nn.Module)) fail('Vae is no nn.Module', 'class Vae extends nn.Module');
      const [x, noise] = [draw([N, D], 0, 1), draw([N, Z], -2, 2)];
      const { mean, logVar } = encode(rowsOf(x));
      /** Sum over the batch, with the standard deviation of `scale`. */
      const missed = (scale) => {
        const z = mean.map((m, n) => m.map((v, i) => v + scale(logVar[n][i]) * rowsOf(noise)[n][i]));
        // -x log p - (1 - x) log(1 - p), where p is the sigmoid of y
        const ofPixel = (y, v) => Math.log(1 + Math.exp(y)) - v * y;
        return sum(decode(z).flatMap((row, n) => row.map((y, d) => ofPixel(y, rowsOf(x)[n][d]))));
      };
      const divergence = sum(mean.map((m, n) => klOf(m, logVar[n])));
      const right = missed((v) => Math.exp(v / 2));
      const result = device.step(() => model.forward(upload(device, x), upload(device, noise)));
      close((await result.read())[0], (right + divergence) / N, 'the loss', {
        mistakes: {
          'that is the sum over the batch: it is divided by the number of images': right + divergence,
          'the KL is missing': right / N,
          'the reconstruction is missing': divergence / N,
          'the KL is taken off: the ELBO has it with a minus, and this is the negative ELBO': (right - divergence) / N,
          'the KL is divided by the number of images twice, or the reconstruction never':
            right / N + divergence / N ** 2,
          'the reconstruction is a mean over pixels: the KL then outweighs it, as both are of a whole image':
            right / (N * D) + divergence / N,
          'the noise is multiplied by exp(logVar): the standard deviation is exp(logVar / 2)':
            (missed((v) => Math.exp(v)) + divergence) / N,
          'nothing is drawn, z is the mean: the noise is missing': (missed(() => 0) + divergence) / N,
        },
      });
    },
    'gradients reach all ten parameters': async ({ Vae }, { draw, device: open, fail }) => {
      const device = await open();
      const { model } = modelOf(Vae, device, draw);
      device.step(() => model.forward(upload(device, draw([N, D], 0, 1)), upload(device, draw([N, Z]))).backward());
      for (const [name, p] of model.namedParameters())
        if ((await p.value.grad.read()).every((v) => v === 0))
          fail(`the gradient of ${name} is zero`, 'something on the way from the loss to it is not differentiated');
    },
    samples: async ({ Vae }, { draw, device: open, close }) => {
      const device = await open();
      const { model, decode } = modelOf(Vae, device, draw);
      const z = draw([4, Z], -2, 2);
      const logits = decode(rowsOf(z)).flat();
      const got = await device.step(() => model.sample(upload(device, z))).read();
      close(hostTensor([4, D], got), hostTensor([4, D], logits.map(sigmoid)), 'the images', {
        mistakes: {
          'these are logits: a sigmoid makes pixels of them': hostTensor([4, D], logits),
          'two sigmoids: decode gives logits, one makes pixels': hostTensor([4, D], logits.map(sigmoid).map(sigmoid)),
        },
      });
    },
  },
});

export const exercises = { kl, reparameterise, vae };
