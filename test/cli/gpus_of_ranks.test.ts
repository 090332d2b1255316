/** Which GPU each rank has: two on one are refused, on all ranks, unless that is wanted. */
import * as assert from 'uvu/assert';
import { requireOwnGpus } from '../../src/cli/ranks/with_ranks.js';
import type { Collective } from '../../src/collective/collective.js';
import { joinThreads, shareRanks } from '../../src/collective/threads.js';
import { launched } from '../../src/collective/mpi/launcher.js';
import type { Device } from '../../src/device/device.js';
import { suite } from '../support/harness.js';

const test = suite('GPUs of ranks');

/** What each rank is told; null: nothing. */
function told(hosts: readonly string[], gpus: readonly string[], isSharing = false): Promise<(string | null)[]> {
  const shared = shareRanks(gpus.length);
  return Promise.all(
    gpus.map(async (name, rank) => {
      const own = joinThreads(shared, rank);
      const collective = Object.assign(Object.create(own) as Collective, { hosts });
      const methods = ['allReduce', 'broadcast', 'barrier'] as const;
      for (const method of methods)
        Object.defineProperty(collective, method, { value: (own[method] as () => unknown).bind(own) });
      const device = { name, adapter: { isSoftware: name === 'software' } } as unknown as Device;
      try {
        await requireOwnGpus(collective, device, isSharing);
        return null;
      } catch (error) {
        return (error as Error).message;
      }
    }),
  );
}

test('two ranks on one GPU of a host are refused on every rank', async () => {
  const words = await told(['a', 'b', 'a'], ['H200', 'H200', 'H200']);
  for (const text of words) assert.match(text ?? '', /^ranks 0 and 2 would train on the same GPU of a: H200$/);
});

test('GPUs of other hosts, other names, software adapters, and what is wanted are not', async () => {
  assert.equal(await told(['a', 'b'], ['H200', 'H200']), [null, null]);
  assert.equal(await told(['a', 'a'], ['H200', 'Iris']), [null, null]);
  assert.equal(await told(['a', 'a'], ['software', 'software']), [null, null]);
  assert.equal(await told(['a', 'a'], ['H200', 'H200'], true), [null, null]);
});

/** What a process finds out that was started with some variables. */
function launchedWith(variables: Readonly<Record<string, string>>): ReturnType<typeof launched> {
  const names = Object.keys(process.env).filter((name) => /^(OMPI_COMM|PMI|PMIX|SLURM|MPI_LOCAL)/.test(name));
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    return launched();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
    for (const [name, value] of before) process.env[name] = value;
  }
}

test('launchers are known by what they set', () => {
  assert.is(launchedWith({}), null);
  const openMpi = { OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_RANK: '3', OMPI_COMM_WORLD_LOCAL_RANK: '1' };
  assert.equal(launchedWith(openMpi), { rank: 3, size: 4, localRank: 1, implementation: 'openmpi', canMeet: true });
  assert.equal(launchedWith({ PMI_RANK: '1', PMI_SIZE: '2', MPI_LOCALRANKID: '0' }), {
    rank: 1,
    size: 2,
    localRank: 0,
    implementation: 'mpich',
    canMeet: true,
  });
  const slurm = { SLURM_PROCID: '5', SLURM_STEP_NUM_TASKS: '8', SLURM_LOCALID: '1' };
  assert.equal(launchedWith({ ...slurm, PMIX_RANK: '5' }), {
    rank: 5,
    size: 8,
    localRank: 1,
    implementation: null,
    canMeet: true,
  });
  assert.is(launchedWith(slurm)?.canMeet, false);
  assert.is(launchedWith({ ...slurm, PMI_RANK: '5', PMI_SIZE: '8' })?.implementation, null);
  assert.is(launchedWith({ SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '1' }), null, 'a task of an array is by itself');
});

test.run();
