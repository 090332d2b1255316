/** Adapters that are told they are others: WEFT_PRETEND. */
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/device/errors.js';
import { parsePretence } from '../../src/device/adapter/pretence.js';
import { suite } from '../support/harness.js';
import { fails, runProgram } from './tools.js';

const test = suite('pretence');

test('nothing, words, limits, and what is none of them', async () => {
  for (const nothing of [undefined, '', ' , '])
    assert.equal(parsePretence(nothing), { isGpu: false, subgroups: null, matrices: null, limits: {} });
  assert.equal(parsePretence('gpu, subgroups=varying,matrices=16x8x16,maxBufferSize=4096'), {
    isGpu: true,
    subgroups: 'varying',
    matrices: { M: 16, N: 8, K: 16 },
    limits: { maxBufferSize: 4096 },
  });
  assert.is(parsePretence('subgroups=32').subgroups, 32);
  for (const wrong of [
    'GPU',
    'subgroups=few',
    'maxBufferSize=varying',
    'maxBufferSize=-1',
    'matrices=16x16',
    'matrices=3x16x16',
    'maxBufferSize',
    'gpu;maxBufferSize=1',
  ])
    await fails(() => parsePretence(wrong), UsageError, /WEFT_PRETEND: ".+" is none of/);
});

/** Opens a device in a process of its own, and adds up on it. */
const PROGRAM = `
  import { Device, full, sum } from 'src/index.js';
  const device = await Device.create();
  const { adapter, limits } = device;
  const total = await sum(full(device, [3000], 2)).item();
  const buffers = limits.maxStorageBuffersPerShaderStage;
  console.log(JSON.stringify([adapter.isSoftware, adapter.subgroupSize, buffers, total]));
  device.destroy();
`;

test('a device as it is told', async () => {
  const opened = async (told: string): Promise<unknown[]> => {
    const { code, stdout, stderr } = await runProgram(PROGRAM, { WEFT_PRETEND: told });
    assert.is(code, 0, stderr);
    return JSON.parse(stdout) as unknown[];
  };
  const [, , buffers] = await opened('');
  const told = await opened('gpu,subgroups=varying,maxStorageBuffersPerShaderStage=8');
  assert.equal(told, [false, 0, 8, 6000]);
  assert.is((await opened('maxStorageBuffersPerShaderStage=1000000'))[2], buffers, 'what there is, is the most');
});

for (const [told, says] of [
  ['maxNonsense=3', /WEFT_PRETEND: maxNonsense is no limit/],
  ['subgroups=128', /WEFT_PRETEND: subgroups=128 is none of the adapter's sizes, \d+ to \d+/],
  ['maxStorageBuffersPerShaderStage=2', /WEFT_PRETEND: maxStorageBuffersPerShaderStage=2 is less than WebGPU lets/],
] as const)
  test(`${told} is refused`, async () => {
    const { code, stderr } = await runProgram(PROGRAM, { WEFT_PRETEND: told });
    assert.is.not(code, 0);
    assert.match(stderr, says);
  });

test.run();
