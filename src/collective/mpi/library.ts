/** MPI's C functions, found and called at run time through koffi, a package that one installs for it. */
import { defaultEnv, env } from '#platform';
import { UsageError } from '../../device/errors.js';
import { IMPLEMENTATIONS, type Implementation } from './implementations.js';

/** A handle of MPI's: a number, or an address. */
type Handle = number | bigint;

/** The functions that are called, with the library's own handles filled in. Each throws when MPI returns an error. */
export interface Mpi {
  readonly implementation: Implementation;
  /** First line of what the library says of itself. */
  readonly version: string;
  init(): void;
  rank(): number;
  size(): number;
  host(): string;
  /** Begins to add up in place. */
  allReduce(values: Float32Array<ArrayBuffer>): Request;
  broadcast(bytes: Uint8Array<ArrayBuffer>, root: number): Request;
  barrier(): Request;
  abort(exitCode: number): void;
  finalize(): void;
}

/** A call that goes on by itself. Asking is what moves it on. */
export interface Request {
  /** Where it reads and writes: memory that must not go before it is done. */
  readonly data?: ArrayBufferView;
  isDone(): boolean;
}

/** MPI_THREAD_FUNNELED: only the thread that has begun calls MPI. */
const FUNNELED = 1;

/** What of koffi is used: a loaded library. */
interface Library {
  func(declaration: string): (...args: readonly unknown[]) => number;
  symbol(name: string): bigint;
}

async function koffi(): Promise<{ load(path: string): Library }> {
  try {
    return (await import('koffi')).default as unknown as { load(path: string): Library };
  } catch (error) {
    throw new UsageError('training over MPI needs the package koffi, which calls C libraries', {
      fix: 'npm install koffi',
      cause: error,
    });
  }
}

/** The names to try. `WEFT_MPI` is openmpi, mpich, or the path of a library. */
function candidates(wanted: string | null): readonly string[] {
  const asked = env('WEFT_MPI');
  const name = asked ?? wanted;
  const known = IMPLEMENTATIONS.find((i) => i.name === name);
  if (known !== undefined) return known.libraries;
  return asked === undefined ? IMPLEMENTATIONS.flatMap((i) => i.libraries) : [asked];
}

/**
 * Loads the MPI library.
 * @param wanted whose launcher has started this process, where that is known: `openmpi` or `mpich`.
 * @throws UsageError when there is none, or koffi is missing.
 */
export async function loadMpi(wanted: string | null): Promise<Mpi> {
  const { load } = await koffi();
  leaveMemoryAlone();
  const names = candidates(wanted);
  for (const name of names) {
    const library = tryLoad(load, name);
    if (library !== null) return bind(library, name);
  }
  throw new UsageError(`no MPI library was found: ${names.join(', ')}`, {
    fix:
      'install Open MPI or MPICH (on Debian: apt-get install openmpi-bin, or mpich), or set WEFT_MPI to ' +
      'the path of its library',
  });
}

/**
 * UCX, which carries MPICH's messages, writes over the code of libc's `mmap`, `brk` and their like to hear of memory
 * that goes: fine before a program has threads, but Node has some at work, and now and then the process ends with a
 * segmentation fault. It reads this when it is loaded; with `n` it does not remember what it has registered.
 */
function leaveMemoryAlone(): void {
  defaultEnv('UCX_MEM_EVENTS', 'n');
}

function tryLoad(load: (path: string) => Library, name: string): Library | null {
  try {
    return load(name);
  } catch {
    return null; // there is no such file
  }
}

/** What the library calls itself, and which of the two families it is of. */
function identify(library: Library, name: string): { implementation: Implementation; version: string } {
  const [bytes, length] = [new Uint8Array(8192), new Int32Array(1)];
  library.func('int MPI_Get_library_version(void *, void *)')(bytes, length);
  const text = new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  const implementation = IMPLEMENTATIONS.find((i) => i.version.test(text));
  if (implementation === undefined)
    throw new UsageError(`${name} is an MPI that Weft does not know: ${text.slice(0, 60)}`, {
      fix: 'use Open MPI or MPICH; WEFT_MPI names the library',
    });
  return { implementation, version: describe(text) };
}

/** `Open MPI v4.1.4`, `MPICH 4.0.2`: MPICH has a table of words, Open MPI a line with commas. */
function describe(text: string): string {
  const version = /^MPICH Version:\s*(\S+)/.exec(text);
  return version === null ? text.split(/[,\n]/)[0].trim() : `MPICH ${version[1]}`;
}

function bind(library: Library, name: string): Mpi {
  const { implementation, version } = identify(library, name);
  const handle = (value: string | number): Handle => (typeof value === 'number' ? value : library.symbol(value));
  const call = (declaration: string): ((...args: readonly unknown[]) => void) => {
    const [, what] = /(MPI_\w+)/.exec(declaration) as RegExpExecArray;
    const run = library.func(`int ${declaration}`);
    return (...args) => {
      const code = run(...args);
      if (code !== 0) throw new Error(`${what} returned ${code}`);
    };
  };
  const [world, float, byte, sum] = [
    implementation.world,
    implementation.float,
    implementation.byte,
    implementation.sum,
  ].map(handle);
  const functions = {
    init: call('MPI_Init_thread(void *, void *, int, void *)'),
    rank: call('MPI_Comm_rank(intptr_t, void *)'),
    size: call('MPI_Comm_size(intptr_t, void *)'),
    host: call('MPI_Get_processor_name(void *, void *)'),
    allReduce: call('MPI_Iallreduce(intptr_t, void *, int, intptr_t, intptr_t, intptr_t, void *)'),
    broadcast: call('MPI_Ibcast(void *, int, intptr_t, int, intptr_t, void *)'),
    barrier: call('MPI_Ibarrier(intptr_t, void *)'),
    test: call('MPI_Test(void *, void *, intptr_t)'),
    abort: call('MPI_Abort(intptr_t, int)'),
    finalize: call('MPI_Finalize()'),
  };
  const answer = (ask: (into: Int32Array) => void): number => {
    const result = new Int32Array(1);
    ask(result);
    return result[0];
  };
  /**
   * @param begin fills in the request's handle, of which nothing is known but that eight bytes hold it.
   * @param data where MPI reads and writes until it is done: kept for so long.
   */
  const request = (begin: (handle: BigInt64Array) => void, data?: ArrayBufferView): Request => {
    const [own, flag] = [new BigInt64Array(1), new Int32Array(1)];
    begin(own);
    return {
      data,
      isDone: () => {
        functions.test(own, flag, implementation.statusIgnore);
        return flag[0] !== 0;
      },
    };
  };
  return {
    implementation,
    version,
    init: () => void answer((provided) => functions.init(null, null, FUNNELED, provided)),
    rank: () => answer((into) => functions.rank(world, into)),
    size: () => answer((into) => functions.size(world, into)),
    host: () => {
      const [bytes, length] = [new Uint8Array(256), new Int32Array(1)];
      functions.host(bytes, length);
      return new TextDecoder().decode(bytes.subarray(0, length[0]));
    },
    allReduce: (values) =>
      request(
        (own) => functions.allReduce(implementation.inPlace, values, values.length, float, sum, world, own),
        values,
      ),
    broadcast: (bytes, root) =>
      request((own) => functions.broadcast(bytes, bytes.length, byte, root, world, own), bytes),
    barrier: () => request((own) => functions.barrier(world, own)),
    abort: (exitCode) => functions.abort(world, exitCode),
    finalize: () => functions.finalize(),
  };
}
