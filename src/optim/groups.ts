/** Groups of parameters: what each may have of its own, and the table of rates on the GPU. */
import { UsageError } from '../device/errors.js';
import type { RateTable } from '../kernels/optimizer/optimizer.js';
import type { AnyModule } from '../nn/module.js';
import type { Parameter } from '../nn/parameter.js';
import { Tensor } from '../tensor/tensor.js';

/** What parameters may have of their own. */
export interface GroupSettings {
  /** Default: the optimizer's. Setting the optimizer's learning rate later scales this one by as much. */
  readonly lr?: number;
  /** What the optimizer's learning rate is multiplied by, where `lr` is not given. Default 1. */
  readonly lrScale?: number;
  /** Default: the optimizer's. */
  readonly weightDecay?: number;
  /** Which of the parts that `hold` is asked about it is of. Default: it never stands still. */
  readonly stage?: number;
}

/** Parameters, chosen by their state-dict keys, that have a learning rate or a weight decay of their own. */
export interface ParameterGroup extends GroupSettings {
  /** E.g. `/bias$/`, or a function of the key. The first group that matches a parameter has it. */
  readonly match: RegExp | ((name: string) => boolean);
}

/** Parameters that are treated otherwise than the rest. */
export interface GroupOptions {
  /** Parameters with another learning rate or weight decay. */
  readonly groups?: readonly ParameterGroup[];
}

/** @throws UsageError */
export function checkLearningRate(lr: number): void {
  if (!(lr >= 0) || !Number.isFinite(lr))
    throw new UsageError(`learning rate ${lr} is not a number of at least 0`, { fix: 'e.g. 0.001' });
}

const isMatch = ({ match }: ParameterGroup, name: string): boolean =>
  typeof match === 'function' ? match(name) : name.search(match) >= 0;

/** The first group that a parameter is in. */
export function groupOf(groups: readonly ParameterGroup[], name: string): ParameterGroup | undefined {
  return groups.find((g) => isMatch(g, name));
}

/** Groups of the parameters that have the same settings; those that have none of their own are in no group. */
export function groupsBy(
  model: AnyModule,
  settingsOf: (name: string, parameter: Parameter) => GroupSettings,
): ParameterGroup[] {
  const found = new Map<string, { readonly settings: GroupSettings; readonly names: Set<string> }>();
  for (const [name, parameter] of model.namedParameters()) {
    const settings = settingsOf(name, parameter);
    const { lr, lrScale = 1, weightDecay, stage } = settings;
    if (lr === undefined && lrScale === 1 && weightDecay === undefined && stage === undefined) continue;
    const key = JSON.stringify([lr, lrScale, weightDecay, stage]);
    const known = found.get(key) ?? { settings, names: new Set() };
    known.names.add(name);
    found.set(key, known);
  }
  return [...found.values()].map(({ settings, names }) => ({ ...settings, match: (name) => names.has(name) }));
}

interface Entry {
  /** The learning rate, as a share of the optimizer's. */
  readonly share: number;
  readonly weightDecay: number;
  readonly stage?: number;
}

/** The table of rates: entry 0 is for parameters that no group matches. */
export class Groups {
  readonly table: RateTable;
  /** The row of each parameter, in the order of the model's. */
  readonly rows: readonly number[];
  readonly #entries: readonly Entry[];
  #isHeld: (stage: number) => boolean = () => false;

  /** @throws UsageError when a rate is no rate, or a group matches no parameter. */
  constructor(model: AnyModule, lr: number, weightDecay: number, groups: readonly ParameterGroup[]) {
    const { memory } = model;
    this.#entries = [{ share: 1, weightDecay }, ...groups.map((g) => entryOf(g, lr, weightDecay))];
    const blocks = new Uint32Array(memory.weights.size / 64);
    const rows: number[] = [];
    for (const [name, p] of model.namedParameters()) {
      const row = groups.findIndex((g) => isMatch(g, name)) + 1;
      const first = memory.offsets[rows.length] / 64;
      blocks.fill(row, first, first + Math.ceil(p.size / 64));
      rows.push(row);
    }
    this.rows = rows;
    const idle = groups.findIndex((_, g) => !rows.includes(g + 1));
    if (idle >= 0)
      throw new UsageError(`group ${idle} (${String(groups[idle].match)}) has no parameters`, {
        fix:
          `keys look like ${[...model.namedParameters()][0]?.[0] ?? 'conv1.weight'}; of two groups that match, the ` +
          `first counts`,
      });
    const half = Math.ceil(this.#entries.length / 32) * 32; // rows of two numbers, so that steps start on 256 bytes
    const isStaged = this.#entries.some((e) => e.stage !== undefined);
    this.table = {
      rates: memory.flat(isStaged ? 4 * half : 2 * half),
      groupOf: blocksOn(model, blocks),
      stepsAt: isStaged ? half : 0,
    };
  }

  /** Rows of the table. */
  get count(): number {
    return this.#entries.length;
  }

  /** Whether a row's rate is 0 now, and stays so until `hold` says otherwise. */
  isStill(row: number): boolean {
    const { share, stage } = this.#entries[row];
    return share === 0 || (stage !== undefined && this.#isHeld(stage));
  }

  /** The rates for a learning rate of the optimizer. */
  setBase(lr: number): void {
    const rows = this.#entries.flatMap((e, i) => (this.isStill(i) ? [0, 0] : [lr * e.share, e.weightDecay]));
    this.#write(0, rows);
  }

  /** Which stages stand still from now on; `setBase` says so to the GPU, too. */
  hold(isHeld: (stage: number) => boolean): void {
    this.#isHeld = isHeld;
    const { stepsAt } = this.table;
    // a row's step number, before it, is the GPU's
    if (stepsAt > 0) for (let i = 0; i < this.count; i++) this.#write(2 * (stepsAt + i) + 1, [Number(this.isStill(i))]);
  }

  #write(at: number, numbers: readonly number[]): void {
    const { storage, device } = this.table.rates;
    device.write(storage, Float32Array.from(numbers), 4 * at);
  }
}

function entryOf(g: ParameterGroup, lr: number, weightDecay: number): Entry {
  if (g.lr !== undefined) checkLearningRate(g.lr);
  if (g.lrScale !== undefined) checkLearningRate(g.lrScale);
  if (g.lr !== undefined && g.lr !== 0 && lr === 0)
    throw new UsageError(`a group's learning rate of ${g.lr} is no multiple of the optimizer's, which is 0`, {
      fix: 'start with a learning rate above 0',
    });
  const share = g.lr === undefined ? (g.lrScale ?? 1) : g.lr === 0 ? 0 : g.lr / lr;
  return { share, weightDecay: g.weightDecay ?? weightDecay, stage: g.stage };
}

/** A table of the group of each 64 elements, on the device. */
export function blocksOn({ memory }: AnyModule, blocks: Uint32Array<ArrayBuffer>): Tensor {
  const { storage } = memory.flat(Math.ceil(blocks.length / 64) * 64);
  memory.device.write(storage, blocks);
  return new Tensor(storage, 0, [blocks.length], 'u32');
}
