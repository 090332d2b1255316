/** Ranks that MPI's launcher has started: `mpirun -np 4 npx weft train …`. */
import { atExit, sleep } from '#platform';
import { UsageError } from '../../device/errors.js';
import { gatherTexts, requireRank, type Collective } from '../collective.js';
import { until } from '../until.js';
import { launched, type Launched } from './launcher.js';
import { loadMpi, type Mpi, type Request } from './library.js';

/** What `openMpi` may be told. */
export interface MpiOptions {
  /** Asked while others are waited for; when true, waiting ends with a CollectiveError. Default: never. */
  readonly isGivenUp?: () => boolean;
}

/**
 * The ranks that this process was started with. Null for a process that was started by itself.
 * @throws UsageError when koffi or the MPI library is missing, or it is not the launcher's.
 */
export async function openMpi(options: MpiOptions = {}): Promise<Collective | null> {
  const started = launched();
  if (started === null || started.size === 1) return null;
  if (!started.canMeet)
    throw new UsageError(`srun has started ${started.size} tasks that do not know of one another`, {
      fix: 'give srun its option mpi: pmix for Open MPI, pmi2 for MPICH, list to see which there are',
    });
  const mpi = await loadMpi(started.implementation);
  mpi.init();
  requireLaunchers(mpi, started);
  const own = new MpiCollective(mpi, options);
  const hosts = await gatherTexts(own, mpi.host());
  own.hosts.push(...hosts);
  return own;
}

/** A library of another MPI than the launcher's sees one process, each time. @throws UsageError */
function requireLaunchers(mpi: Mpi, { size }: Launched): void {
  const seen = mpi.size();
  if (seen === size) return;
  mpi.finalize();
  throw new UsageError(
    `the launcher has started ${size} processes, but ${mpi.version} sees ${seen}: it belongs to another MPI`,
    {
      fix:
        'use the mpirun of that MPI (on Debian mpirun.openmpi, mpirun.mpich), or set WEFT_MPI to openmpi, mpich or ' +
        'the path of the library',
    },
  );
}

/** A launcher that is told to abort does not read any more what its processes have written: it is left time to. */
const LAST_WORDS_MILLISECONDS = 200;

class MpiCollective implements Collective {
  readonly rank: number;
  readonly size: number;
  readonly name: string;
  readonly hosts: string[] = [];
  readonly #mpi: Mpi;
  readonly #isGivenUp: () => boolean;
  /** A process that ends before the others must not leave them waiting. */
  readonly #forget = atExit((exitCode) => {
    if (this.#isOpen) sleep(LAST_WORDS_MILLISECONDS);
    this.abort(exitCode);
  });
  #isOpen = true;

  constructor(mpi: Mpi, { isGivenUp = () => false }: MpiOptions) {
    this.#mpi = mpi;
    this.#isGivenUp = isGivenUp;
    this.rank = mpi.rank();
    this.size = mpi.size();
    this.name = mpi.version;
  }

  allReduce(values: Float32Array<ArrayBuffer>): Promise<void> {
    return this.#wait(this.#mpi.allReduce(values));
  }

  broadcast(bytes: Uint8Array<ArrayBuffer>, root = 0): Promise<void> {
    requireRank(root, this);
    return this.#wait(this.#mpi.broadcast(bytes, root));
  }

  barrier(): Promise<void> {
    return this.#wait(this.#mpi.barrier());
  }

  #wait(request: Request): Promise<void> {
    return until(() => request.isDone(), this.#isGivenUp);
  }

  abort(exitCode: number): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#mpi.abort(exitCode);
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    await this.barrier(); // MPI_Finalize blocks
    this.#isOpen = false;
    this.#forget();
    this.#mpi.finalize();
  }
}
