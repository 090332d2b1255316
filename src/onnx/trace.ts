/**
 * What a network computes, written down while it runs on a device that computes nothing: every op, in order, with what
 * it takes. The network itself may lie on any device, or on none; its numbers are not looked at.
 *
 * It is run with two and with three samples. A size that differs is the number of samples, times something.
 */
import { opNamed, withOpRule } from '../autograd/graph.js';
import type { Device } from '../device/device.js';
import { UsageError } from '../device/errors.js';
import { shapesOnlyDevice } from '../device/shapes_only.js';
import type { Storage } from '../device/storage.js';
import type { AnyModule } from '../nn/module.js';
import { formatShape, sameShape, type Shape } from '../tensor/shape.js';
import { empty, Tensor, type DType } from '../tensor/tensor.js';

/** A size of a dimension: of `samples` samples it is `fixed + each * samples`, and one of the two is 0. */
export interface Size {
  readonly fixed: number;
  readonly each: number;
}

/** Where a tensor comes from. */
export type Origin =
  | { readonly kind: 'op'; readonly index: number }
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'state'; readonly key: string }
  /** Numbers of the forward itself: all the same, or these. */
  | { readonly kind: 'uniform'; readonly word: number }
  | { readonly kind: 'numbers'; readonly words: Uint32Array }
  /** On the network's own device: to be read from there. */
  | { readonly kind: 'foreign'; readonly tensor: Tensor };

/** A tensor as an op takes it. */
export interface TracedTensor {
  readonly origin: Origin;
  readonly shape: readonly Size[];
  readonly dtype: DType;
}

/** One op of the forward. */
export interface TracedOp {
  readonly name: string;
  readonly inputs: readonly TracedTensor[];
  readonly output: TracedTensor;
  /** As with two samples; the tensors in them are keys of `within`. */
  readonly args: unknown;
  readonly within: ReadonlyMap<Tensor, TracedTensor>;
}

export interface Trace {
  readonly ops: readonly TracedOp[];
  readonly outputs: Readonly<Record<string, TracedTensor>>;
}

/** What is given to the network: its shape behind the number of samples. */
export interface TraceInput {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype?: DType;
}

/** Runs the network on its inputs and gives what is wanted of it, by name. */
export type Forward = (inputs: readonly Tensor[]) => Readonly<Record<string, Tensor>>;

interface Note {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly args: unknown;
}

/** What the host writes into the memory of a device, while it is watched. */
class Watched {
  readonly #device: Device;
  readonly #own: Pick<Device, 'fill' | 'clear' | 'write'>;
  readonly #stored = new Map<Storage, { readonly origin: Origin; readonly version: number }>();

  constructor(device: Device) {
    this.#device = device;
    const own = { fill: device.fill.bind(device), clear: device.clear.bind(device), write: device.write.bind(device) };
    this.#own = own;
    const note = (storage: Storage, origin: Origin): void =>
      void this.#stored.set(storage, { origin, version: storage.buffer.version });
    device.fill = (storage, word) => {
      own.fill(storage, word);
      note(storage, { kind: 'uniform', word });
    };
    device.clear = (storage, ...rest) => {
      own.clear(storage, ...rest);
      note(storage, { kind: 'uniform', word: 0 });
    };
    device.write = (storage, data, offset) => {
      own.write(storage, data, offset);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
      if (bytes.length % 4 === 0) note(storage, { kind: 'numbers', words: new Uint32Array(bytes.buffer) });
    };
  }

  /** The numbers of a tensor, if the host has written them and nothing else has since. */
  originOf({ home: { storage } }: Tensor): Origin | null {
    const stored = this.#stored.get(storage);
    return stored !== undefined && stored.version === storage.buffer.version ? stored.origin : null;
  }

  /** The device as it was. */
  end(): void {
    for (const name of Object.keys(this.#own)) delete (this.#device as Partial<Device>)[name as 'fill'];
  }
}

/** The run with one number of samples. */
class Run {
  readonly notes: Note[] = [];
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly #device: Device;
  readonly #made = new Map<Tensor, Origin>();
  readonly #shadows = new Map<Tensor, Tensor>();
  readonly #watched: Watched;
  /** The network's own device, where it has one. */
  readonly #elsewhere: Watched | null;
  readonly #state: ReadonlyMap<Storage, ReadonlyMap<number, string>>;

  constructor(
    model: AnyModule,
    inputs: readonly TraceInput[],
    samples: number,
    forward: Forward,
    elsewhere: Watched | null,
  ) {
    this.#device = shapesOnlyDevice();
    this.#watched = new Watched(this.#device);
    this.#elsewhere = elsewhere;
    this.#state = placesOf(model);
    this.outputs = this.#device.step(() => {
      const given = inputs.map(({ shape, dtype }) => empty(this.#device, [samples, ...shape], dtype));
      given.forEach((x, index) => this.#made.set(x, { kind: 'input', index }));
      return withOpRule(
        (name, taken, args) => this.#run(name, taken, args),
        () => forward(given),
      );
    });
  }

  /** Where a tensor comes from. @throws UsageError for one that no op made, and that is no part of the network. */
  originOf(t: Tensor, op: string): Origin {
    const made = this.#made.get(t);
    if (made !== undefined) return made;
    const { storage, byteOffset } = t.home;
    const key = this.#state.get(storage)?.get(byteOffset);
    if (key !== undefined) return { kind: 'state', key };
    const written = (t.device === this.#device ? this.#watched : this.#elsewhere)?.originOf(t) ?? null;
    if (written !== null) return written;
    if (t.device !== this.#device && t.device.gpu !== this.#device.gpu) return { kind: 'foreign', tensor: t };
    throw new UsageError(`[exportOnnx] op ${op} takes a tensor ${formatShape(t.shape)} that no op made`, {
      fix: 'compute it with ops, or make it a parameter or buffer of the network',
    });
  }

  destroy(): void {
    this.#device.destroy();
  }

  #run(name: string, taken: readonly Tensor[], args: unknown): Tensor {
    const op = opNamed(name);
    if (op === undefined) throw new Error(`no op ${name}`);
    const inputs = taken.map((t) => this.#here(t));
    const shadowed = withTensors(args, (t) => this.#here(t));
    const { output } = op.forward(inputs, shadowed);
    this.#made.set(output, { kind: 'op', index: this.notes.length });
    this.notes.push({ name, inputs, output, args: shadowed });
    return output;
  }

  /** A tensor on the device of the run in place of one elsewhere. */
  #here(t: Tensor): Tensor {
    if (t.device === this.#device) return t;
    let shadow = this.#shadows.get(t);
    if (shadow === undefined) {
      shadow = empty(this.#device, t.shape, t.dtype);
      this.#shadows.set(t, shadow);
      this.#made.set(shadow, this.originOf(t, 'any'));
    }
    return shadow;
  }
}

/** The state-dict key of what begins at a place of a storage. */
function placesOf(model: AnyModule): ReadonlyMap<Storage, ReadonlyMap<number, string>> {
  const places = new Map<Storage, Map<number, string>>();
  for (const [key, { value }] of model.namedState()) {
    const { storage, byteOffset } = value.home;
    const known = places.get(storage) ?? new Map<number, string>();
    places.set(storage, known.set(byteOffset, key));
  }
  return places;
}

/** What an op is told, with other tensors in it. */
function withTensors(args: unknown, of: (t: Tensor) => Tensor): unknown {
  if (args instanceof Tensor) return of(args);
  if (Array.isArray(args)) return args.map((item: unknown) => withTensors(item, of));
  if (typeof args !== 'object' || args === null || Object.getPrototypeOf(args) !== Object.prototype) return args;
  return Object.fromEntries(Object.entries(args).map(([key, item]) => [key, withTensors(item, of)]));
}

/** @throws UsageError where a size grows with the batch in another way than by a factor. */
function sizesOf(op: string, two: Shape, three: Shape): Size[] {
  const sizes = two.map((n, d) => {
    const each = three[d] - n;
    return { fixed: n - 2 * each, each };
  });
  if (two.length !== three.length || sizes.some(({ fixed, each }) => each !== 0 && fixed !== 0))
    throw new UsageError(
      `[exportOnnx] op ${op} makes ${formatShape(two)} of two samples and ${formatShape(three)} of three`,
      { fix: 'a size that depends on the batch must be a multiple of it' },
    );
  return sizes;
}

function sameOrigin(a: Origin, b: Origin): boolean {
  if (a.kind === 'op' || a.kind === 'input') return a.kind === b.kind && a.index === b.index;
  if (a.kind === 'state') return b.kind === 'state' && a.key === b.key;
  if (a.kind === 'uniform') return b.kind === 'uniform' && a.word === b.word;
  if (a.kind === 'numbers') return b.kind === 'numbers' && sameShape([...a.words], [...b.words]);
  return b.kind === 'foreign' && a.tensor === b.tensor;
}

/**
 * The ops of a network in evaluation, as its author wrote them: nothing is folded or joined.
 * @throws UsageError when what it does depends on the number of samples, or takes numbers from elsewhere.
 */
export function trace(model: AnyModule, inputs: readonly TraceInput[], forward: Forward): Trace {
  const before = model.training;
  model.eval();
  const [first] = model.namedState();
  const elsewhere = first === undefined ? null : new Watched(first[1].value.device);
  try {
    const [two, three] = [2, 3].map((samples) => new Run(model, inputs, samples, forward, elsewhere));
    const differs = two.notes.findIndex(({ name }, i) => name !== three.notes[i]?.name);
    if (differs >= 0 || two.notes.length !== three.notes.length)
      throw new UsageError('[exportOnnx] this network does other things with three samples than with two', {
        fix: 'its forward must not depend on the size of the batch',
      });
    const both = (op: string, a: Tensor, b: Tensor): TracedTensor => {
      const origin = two.originOf(a, op);
      if (!sameOrigin(origin, three.originOf(b, op)))
        throw new UsageError(`[exportOnnx] op ${op} takes other numbers of three samples than of two`, {
          fix: 'its forward must not depend on the size of the batch',
        });
      return { origin, shape: sizesOf(op, a.shape, b.shape), dtype: a.dtype };
    };
    const ops = two.notes.map(({ name, inputs: taken, output, args }, i): TracedOp => {
      const other = three.notes[i];
      const [here, there] = [tensorsIn(args), tensorsIn(other.args)];
      return {
        name,
        inputs: taken.map((t, k) => both(name, t, other.inputs[k])),
        output: both(name, output, other.output),
        args,
        within: new Map(here.map((t, k) => [t, both(name, t, there[k])])),
      };
    });
    const outputs = Object.fromEntries(
      Object.entries(two.outputs).map(([name, t]) => [name, both('output', t, three.outputs[name])]),
    );
    two.destroy();
    three.destroy();
    return { ops, outputs };
  } finally {
    elsewhere?.end();
    model.train(before);
  }
}

function tensorsIn(args: unknown): Tensor[] {
  const found: Tensor[] = [];
  withTensors(args, (t) => {
    found.push(t);
    return t;
  });
  return found;
}
