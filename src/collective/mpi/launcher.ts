/** Who has started this process together with others: read from the variables that launchers set. */
import { env } from '#platform';

/** A process's place among those that `mpirun` or `srun` has started. */
export interface Launched {
  readonly rank: number;
  readonly size: number;
  /** Which of the processes on this host. */
  readonly localRank: number;
  /** Which MPI the launcher belongs to; null where several can be started by it. */
  readonly implementation: string | null;
  /** Whether the processes have been told how to find one another. */
  readonly canMeet: boolean;
}

function number(name: string): number | null {
  const value = env(name);
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
}

/** Null for a process that was started by itself. */
export function launched(): Launched | null {
  const [slurmRank, slurmSize] = [number('SLURM_PROCID'), number('SLURM_STEP_NUM_TASKS')];
  const slurmLocal = number('SLURM_LOCALID') ?? 0;
  const openMpi = number('OMPI_COMM_WORLD_SIZE');
  if (openMpi !== null)
    return {
      rank: number('OMPI_COMM_WORLD_RANK') ?? 0,
      size: openMpi,
      localRank: number('OMPI_COMM_WORLD_LOCAL_RANK') ?? 0,
      implementation: 'openmpi',
      canMeet: true,
    };
  const [pmiRank, pmiSize] = [number('PMI_RANK'), number('PMI_SIZE')];
  if (pmiRank !== null && pmiSize !== null) {
    const bySlurm = slurmRank !== null;
    return {
      rank: pmiRank,
      size: pmiSize,
      localRank: number('MPI_LOCALRANKID') ?? (bySlurm ? slurmLocal : pmiRank),
      implementation: bySlurm ? null : 'mpich',
      canMeet: true,
    };
  }
  if (slurmRank === null || slurmSize === null || slurmSize === 1) return null;
  const canMeet = number('PMIX_RANK') !== null;
  return { rank: slurmRank, size: slurmSize, localRank: slurmLocal, implementation: null, canMeet };
}
