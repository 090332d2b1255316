/** Two ways to differentiate a draw; then a VAE learns drawn garments, and draws some of its own. */
import { data, noGrad, optim, randn, sigmoid, tensor } from 'weftgrad';
import { drawing } from 'weftgrad/learn';

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const [HIDDEN, LATENT, BATCH] = [128, 8, 50];
const INK = ' .:-=+*#%@';

export async function run({ device, print, table, chart, module, quick }) {
  const { kl } = await module('kl');
  const { reparameterise, reparameteriseBackward } = await module('reparameterise');
  const { Vae } = await module('vae');
  compareEstimators({ print, table, reparameterise, reparameteriseBackward, quick });

  const count = quick ? BATCH : 2000;
  const { train: garments } = data.syntheticGarments({ train: count, test: 0 });
  const pixels = Float32Array.from(garments.images, (v) => v / 255);
  const batches = Array.from({ length: count / BATCH }, (_, b) =>
    tensor(device, pixels.slice(b * BATCH * PIXELS, (b + 1) * BATCH * PIXELS), { shape: [BATCH, PIXELS] }),
  );
  const model = new Vae(PIXELS, HIDDEN, LATENT).to(device, { seed: 15 });
  const optimizer = new optim.Adam(model, { lr: 0.002 });
  const epochs = quick ? 1 : 15;
  const rows = [];
  print(`\n784 - ${HIDDEN} - ${LATENT} - ${HIDDEN} - 784 on ${count} drawn garments, in nats an image:`);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let total = 0;
    for (const x of batches) {
      const loss = device.step(() => vaeStep(model, optimizer, x));
      total += (await loss.read())[0] / batches.length;
    }
    const divergence = await meanKl(device, model, batches[0], kl);
    rows.push([epoch, total.toFixed(1), divergence.sum.toFixed(2), divergence.used]);
  }
  table(['epoch', 'negative ELBO', 'KL', `latent numbers used, of ${LATENT}`], rows);
  print('The KL is by your kl, over the first batch; a latent number counts as used from 0.1 nats on.');

  const own = device.step(() => noGrad(() => model.sample(randn(device, [8, LATENT]))));
  const seen = device.step(() => noGrad(() => sigmoid(model.decode(model.encode(batches[0]).mean))));
  const [samples, again] = [await own.read(), await seen.read()];
  print('\nFour garments that nobody drew: the decoder, given noise.');
  print(asText(samples, 4));
  print('\nFour that it was given (above), and what came back of eight numbers each (below).');
  print(asText(pixels, 4));
  print(asText(again, 4));
  if (!quick) await chart(picture([pixels, again, samples]), 'garments');
}

function vaeStep(model, optimizer, x) {
  optimizer.zeroGrad();
  const loss = model.forward(x, randn(x.device, [x.shape[0], LATENT]));
  loss.backward();
  optimizer.step();
  return loss;
}

/** The mean KL of an image, and how many latent numbers carry more than 0.1 nats of it. */
async function meanKl(device, model, x, kl) {
  const q = device.step(() => noGrad(() => model.encode(x)));
  const [mean, logVar] = await Promise.all([q.mean.read(), q.logVar.read()]);
  const each = Array.from({ length: LATENT }, (_, z) => {
    const column = (numbers) => [...numbers].filter((_, i) => i % LATENT === z);
    return kl(column(mean), column(logVar)) / x.shape[0];
  });
  return { sum: each.reduce((s, v) => s + v, 0), used: each.filter((v) => v > 0.1).length };
}

/** d/dmean and d/dlogVar of the mean of (z - 2)^2, by the reader's way and by that of log-probabilities. */
function compareEstimators({ print, table, reparameterise, reparameteriseBackward, quick }) {
  const [mean, logVar, draws] = [0.5, -1, quick ? 500 : 20000];
  const draw = drawing(15);
  const [u, v] = [draw([draws], 0, 1).data, draw([draws], 0, 1).data];
  const through = [];
  const scores = [];
  for (let i = 0; i < draws; i++) {
    const noise = Math.sqrt(-2 * Math.log(1 - u[i])) * Math.cos(2 * Math.PI * v[i]);
    const [z] = reparameterise([mean], [logVar], [noise]);
    const { dmean, dlogVar } = reparameteriseBackward([logVar], [noise], [2 * (z - 2)]);
    through.push([dmean[0], dlogVar[0]]);
    scores.push([((z - 2) ** 2 * noise) / Math.exp(logVar / 2), ((z - 2) ** 2 * (noise ** 2 - 1)) / 2]);
  }
  const row = (name, list) => {
    const cells = [0, 1].flatMap((k) => {
      const m = list.reduce((s, g) => s + g[k], 0) / draws;
      return [m.toFixed(3), Math.sqrt(list.reduce((s, g) => s + (g[k] - m) ** 2, 0) / draws).toFixed(2)];
    });
    return [name, ...cells];
  };
  print(`The slope of the mean of (z - 2)², z normal with mean ${mean} and log-variance ${logVar}, ${draws} draws:`);
  table(
    ['gradient', 'dmean', 'its spread', 'dlogVar', 'its spread'],
    [
      ['on paper', (2 * (mean - 2)).toFixed(3), 0, Math.exp(logVar).toFixed(3), 0],
      row('through the draw: yours', through),
      row('by the log-probability of the draw', scores),
    ],
  );
  print('Both are right on average. Look at the spread: noise in a gradient is paid for in steps.');
}

/** Images side by side, two rows of pixels a line. */
function asText(images, count) {
  const lines = [];
  for (let r = 0; r < SIDE; r += 2) {
    let line = '';
    for (let n = 0; n < count; n++)
      for (let c = 0; c < SIDE; c++) {
        const at = n * PIXELS + r * SIDE + c;
        const grey = (images[at] + images[at + SIDE]) / 2;
        line += INK[Math.min(INK.length - 1, Math.floor(grey * INK.length))];
      }
    lines.push(line.trimEnd());
  }
  return lines.join('\n');
}

/** Eight images of each list in a row, as a chart. */
function picture(lists) {
  const values = lists.flatMap((images, row) =>
    Array.from({ length: 8 * PIXELS }, (_, i) => {
      const [n, r, c] = [Math.floor(i / PIXELS), Math.floor(i / SIDE) % SIDE, i % SIDE];
      return { x: n * (SIDE + 2) + c, y: row * (SIDE + 2) + r, grey: Number(images[i].toFixed(3)) };
    }),
  );
  const axis = (field) => ({ field, type: 'ordinal', axis: null, scale: { padding: 0 } });
  return {
    title: 'given; given back; drawn from noise',
    data: { values },
    mark: 'rect',
    width: { step: 3 },
    height: { step: 3 },
    encoding: {
      x: axis('x'),
      y: axis('y'),
      color: { field: 'grey', type: 'quantitative', scale: { scheme: 'greys', reverse: true }, legend: null },
    },
  };
}
