/** Every op of Weft has a row in the table of ONNX ops, or a reason; and what rows write is what the op computes. */
import * as assert from 'uvu/assert';
import '../../src/autograd/ops/index.js';
import { ops } from '../../src/autograd/graph.js';
import { upload } from '../../src/cases/draw.js';
import { opSpecs } from '../../src/cases/index.js';
import { caseName, drawInputs, inputSpec, type OpCase, type OpSpec } from '../../src/cases/spec.js';
import { shapesOnlyDevice } from '../../src/device/shapes_only.js';
import type { HostTensor } from '../../src/kernels/launch/host_tensor.js';
import { StateBuffer } from '../../src/nn/buffer.js';
import { Module } from '../../src/nn/module.js';
import { fromFloat32, int64FromUint32 } from '../../src/nn/state/raw_tensor.js';
import { exportGraph } from '../../src/onnx/index.js';
import { LEFT_OUT, ROWS_OF_OPS } from '../../src/onnx/table.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { runtimeOr } from './runtime.js';

const test = gpuSuite('onnx: the table');

test('every op has a row, or a reason for having none', () => {
  const named = ops().map(({ name }) => name);
  assert.ok(named.length > 80, `${named.length} ops`);
  const own = named.filter((name) => !/^test_/.test(name));
  assert.equal(
    own.filter((name) => !(name in ROWS_OF_OPS) && !(name in LEFT_OUT)),
    [],
  );
  assert.equal(
    own.filter((name) => name in ROWS_OF_OPS && name in LEFT_OUT),
    [],
  );
});

/** The inputs of a case as buffers of a network that computes the case. */
class OfCase extends Module {
  readonly inputs: readonly StateBuffer[];
  readonly #compute: (inputs: readonly Tensor[]) => Tensor;

  constructor(inputs: readonly StateBuffer[], compute: (inputs: readonly Tensor[]) => Tensor) {
    super();
    this.inputs = inputs;
    for (const [i, input] of inputs.entries()) Object.assign(this, { [`input${i}`]: input });
    this.#compute = compute;
  }

  forward(): Tensor {
    return this.#compute(this.inputs.map((input) => input.value));
  }
}

/** The file of a case, whose one input is not used. */
async function fileOf(spec: OpSpec, { args }: OpCase<unknown>, inputs: readonly HostTensor[]): Promise<Uint8Array> {
  const dtypeOf = (i: number): 'f32' | 'u32' => (inputSpec(spec, i).dtype === 'u32' ? 'u32' : 'f32');
  const buffers = inputs.map(({ shape }, i) => new StateBuffer(shape, { dtype: dtypeOf(i) }));
  const model = new OfCase(buffers, (tensors) => spec.gpu(tensors, args)).to(shapesOnlyDevice());
  const weights = new Map(
    inputs.map(({ shape, data }, i) => [
      `input${i}`,
      dtypeOf(i) === 'f32'
        ? fromFloat32(Float32Array.from(data), shape)
        : int64FromUint32(Uint32Array.from(data), shape),
    ]),
  );
  return exportGraph(model, { inputs: [{ name: 'x', shape: [1] }], forward: () => ({ y: model.forward() }), weights });
}

/** Cases that are refused, or that ONNX Runtime does not run. */
const OTHERWISE: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^conv_transpose2d .*"outputPadding":\[2,1\]/, 'ONNX Runtime wants outputPadding below the stride'],
  [/^avg_pool2d .*"ceilMode":true/, 'refused'],
  [/^adaptive_max_pool2d .*"outputSize":\[(6,4|7,6|3,null)\]/, 'refused: windows of several sizes'],
  [/^max_pool2d_with_indices/, 'refused: indices'],
  [/^cast .*"f16"/, 'files compute in f32'],
  [/^pad .*"circular"/, 'refused'],
  [/^one_hot \(\)/, 'ONNX wants a dimension'],
  [/^batch_norm .*"training":true/, 'refused: it is of training'],
  [/^local_response_norm (\(\d+(, \d+){1,2}\)|.*"size":4)/, 'ONNX Runtime wants images; even sizes are refused'],
  [/^cumsum \(\)/, 'ONNX wants a dimension'],
];

/** Draw from chance, or are made of what has no row. */
const isLeftOut = (op: string): boolean => op in LEFT_OUT || /dropout|loss|arc_face|contrastive|entropy/.test(op);

/** Of the largest value. */
const TOLERANCE = 1e-5;

const runtime = await runtimeOr('onnx: what every op computes');
if (runtime !== null) {
  const { ort } = runtime;
  const compute = async (file: Uint8Array): Promise<number[]> => {
    const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'], logSeverityLevel: 4 });
    const { y } = await session.run({ x: new ort.Tensor('float32', Float32Array.of(0), [1, 1]) });
    await session.release();
    return Array.from(y.data, Number);
  };
  for (const spec of opSpecs.filter(({ op }) => !isLeftOut(op))) {
    test(`${spec.op}: ONNX Runtime computes the same`, async () => {
      const device = await testDevice();
      for (const c of spec.cases) {
        const name = caseName(spec, c);
        if (OTHERWISE.some(([pattern]) => pattern.test(name)) || c.shapes.some((s) => s.includes(0))) continue;
        const inputs = drawInputs(spec, c);
        const tensors = inputs.map((x, i) => upload(device, x, inputSpec(spec, i).dtype));
        const expected = Array.from(await spec.gpu(tensors, c.args).read());
        const got = await compute(await fileOf(spec, c, inputs)).catch((error: unknown) => {
          throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        });
        const largest = expected.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-6);
        const isSame = (v: number, i: number): boolean =>
          Object.is(got[i], v) || Math.abs(got[i] - v) <= TOLERANCE * largest;
        const worst = expected.findIndex((v, i) => !isSame(v, i));
        assert.ok(worst < 0, `${name}: [${worst}] ${got[worst]} instead of ${expected[worst]}`);
      }
    });
  }
}

test.run();
