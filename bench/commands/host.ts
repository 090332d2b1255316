/** `weft bench host`: what a command costs the host, recorded anew and replayed. The GPU's part is next to nothing. */
import { relu, add } from '../../src/autograd/ops/index.js';
import { withDevice } from '../../src/cli/command.js';
import type { Parsed } from '../../src/cli/declare/declared.js';
import { resolveOptions } from '../../src/cli/options/options.js';
import { print, printJson, say } from '../../src/cli/output.js';
import { coresWhenQuiet } from '../../src/cli/host_load.js';
import { textTable } from '../../src/report/table.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import { HOST_OPTIONS } from './options.js';
import { summarize, type Timing } from '../../src/measure/timing.js';
import { adviseOnHost } from '../shared/output.js';

/** Dispatches of a step, each on four numbers. */
const DISPATCHES = 200;
/** Steps between two waits. */
const AHEAD = 5;

export interface HostCost {
  readonly name: string;
  readonly dispatches: number;
  /** Of one dispatch. */
  readonly microseconds: Timing;
}

/** Microseconds of host time per dispatch, of steps recorded one by one and of replays. */
export async function run(argv: Parsed): Promise<void> {
  const steps = Number(resolveOptions(HOST_OPTIONS, argv)['steps']);
  adviseOnHost(await coresWhenQuiet(say));
  await withDevice(argv, async (device) => {
    const x = tensor(device, [1, 2, 3, 4]);
    const body = (): Tensor => {
      let y = x;
      for (let i = 0; i < DISPATCHES; i += 2) y = relu(add(y, x));
      return y;
    };
    const captured = device.capture(body);
    const eager = (): void => {
      device.step(body).storage.release();
      device.flush();
    };
    const kinds = [
      ['recorded anew', eager],
      ['replayed', captured],
    ] as const;
    const samples = kinds.map((): number[] => []);
    for (let i = -steps / 4; i < steps; i += AHEAD) {
      // A few of one, a few of the other: what else the machine does meanwhile is shared.
      for (const [k, [, step]] of kinds.entries()) {
        for (let j = 0; j < AHEAD; j++) {
          const started = performance.now();
          step();
          if (i >= 0) samples[k].push(((performance.now() - started) * 1000) / DISPATCHES);
        }
        await device.sync();
      }
    }
    const rows = kinds.map(([name], k): HostCost => ({
      name,
      dispatches: DISPATCHES,
      microseconds: summarize(samples[k]),
    }));
    captured.release();
    print(
      textTable(
        ['step', 'µs per dispatch', 'p20', 'p80'],
        rows.map(({ name, microseconds: t }) => [name, ...[t.median, t.p20, t.p80].map((v) => v.toFixed(1))]),
        ['left', 'right', 'right', 'right'],
      ),
    );
    if (argv['json'] === true) printJson({ adapter: device.name, rows });
  });
}
