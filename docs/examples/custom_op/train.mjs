import { readFileSync } from 'node:fs';
import * as weft from 'weftgrad';
const { data, nn } = weft;

const wgsl = readFileSync(new URL('snake.wgsl', import.meta.url), 'utf8');
const includes = ['common/grid.wgsl'];
const kernel = weft.defineKernel({ name: 'snake', wgsl, includes, bindings: ['read', 'read', 'write'] });
const run = (x, dy, constants) => {
  const result = weft.empty(x.device, x.shape);
  weft.dispatch(kernel, { tensors: [x, dy, result], constants, workgroups: Math.ceil(x.size / 64) });
  return result;
};
const op = weft.defineOp({
  name: 'snake',
  forward: ([x], a) => ({ output: run(x, x, { a }), saved: x }),
  backward: (dy, x, a) => [run(x, dy, { a, BACKWARD: 1 })],
});
class Snake extends nn.Module {
  forward = (x) => weft.apply(op, [x], 2);
}
const build = ({ height, width, classes }) =>
  new nn.Sequential(new nn.Flatten(), new nn.Linear(height * width, 64), new Snake(), new nn.Linear(64, classes));
nn.defineModel({ name: 'snakenet', head: '3', build });

const device = await weft.Device.create();
const x = weft.randn(device, [3, 50]).requiresGrad_();
console.log('gradient right:', await weft.gradcheck(new Snake().forward, [x]));
const model = nn.createModel('snakenet').to(device, { seed: 0 });
console.log(model);
const optimizer = new weft.optim.Adam(model, { lr: 3e-3 });
const { train, test } = data.syntheticGarments({ train: 1500, test: 500, seed: 0 });
const images = new data.DeviceDataset(device, train, data.meanStd(train)).walk(data.epochOrder(1500, 0, 0));
const step = device.capture(() => {
  const { x, label } = images.next(50);
  optimizer.zeroGrad();
  weft.crossEntropy(model.forward(x), label).backward();
  optimizer.step();
});
for (let i = 0; i < 30; i++) step();
const unseen = new data.DeviceDataset(device, test, data.meanStd(train)).walk(data.epochOrder(500, 0, 0));
const { accuracy } = await weft.train.evaluate(device, model, unseen, 100);
console.log(`test accuracy ${(100 * accuracy).toFixed(1)} %`);
device.destroy();
