/**
 * The whole table of docs/diagnose.md on drawn data: six planted faults and six healthy runs, each trained and
 * diagnosed, with what was found. Minutes: `node dist/test/endurance/diagnose.js [part of a name …]`. Exit code 1 when
 * a fault is missed or a healthy run gets an alarm.
 */
import { Device } from '../../src/device/device.js';
import { medianUpdate } from '../../src/diagnose/rates.js';
import {
  alarms,
  copyTest,
  diagnosed,
  forgetStatistics,
  garments,
  invertTest,
  shuffleClass,
  type Case,
} from '../diagnose/plant.js';

const CNN = { model: 'cnn', epochs: 3, batch: 32, lr: 1e-3 } as const;
const SGD = { optimizer: 'sgd', lr: 0.05 } as const;
const CASES: readonly Case[] = [
  { name: 'statistics', fault: 'norm-statistics', config: { ...CNN, model: 'convbn' }, spoil: forgetStatistics },
  { name: 'preprocessing', fault: 'preprocessing', config: CNN, alter: invertTest },
  { name: 'rate too high', fault: 'rate-too-high', config: { ...CNN, lr: 0.03 } },
  { name: 'rate too low', fault: 'rate-too-low', config: { ...CNN, lr: 1e-5 } },
  { name: 'labels', fault: 'labels', config: CNN, alter: shuffleClass },
  { name: 'copies', fault: 'copies', config: CNN, alter: copyTest },
  { name: 'healthy cnn', fault: null, config: CNN },
  { name: 'healthy mlp', fault: null, config: { ...CNN, model: 'mlp' } },
  { name: 'healthy lenet5', fault: null, config: { ...CNN, ...SGD, model: 'lenet5', epochs: 5 } },
  { name: 'healthy convbn', fault: null, config: { ...CNN, model: 'convbn' } },
  { name: 'healthy bilstm', fault: null, config: { ...CNN, model: 'bilstm', epochs: 5 } },
  { name: 'healthy resnet20', fault: null, config: { ...CNN, ...SGD, model: 'resnet20' } },
];

const asked = process.argv.slice(2);
const splits = garments({ train: 1500, test: 300 });
const device = await Device.create();
let failures = 0;
console.log('| run | expected | found | accuracy: training, validation, test | median update |\n|---|---|---|---|---|');
for (const one of CASES) {
  if (asked.length > 0 && !asked.some((part) => one.name.includes(part))) continue;
  const found = await diagnosed(device, splits, one);
  const names = alarms(found);
  const isRight = one.fault === null ? names.length === 0 : names.includes(one.fault);
  if (!isRight) failures++;
  const said = found.findings.map((f) => `${f.severity} ${f.check}`).join(', ') || 'nothing';
  const shares = found.parts.map((p) => p.accuracy.toFixed(2)).join(', ');
  const update = found.layers === null ? '' : medianUpdate(found.layers.weights).toExponential(1);
  console.log(
    `| ${one.name} | ${one.fault ?? 'no alarm'} | ${isRight ? '' : 'WRONG: '}${said} | ${shares} | ${update} |`,
  );
}
device.destroy();
process.exitCode = failures > 0 ? 1 : 0;
