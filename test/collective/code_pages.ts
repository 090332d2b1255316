/** A rank that tells how much of libc's code is not as in the file (Linux): `mpirun -np 2 node …/code_pages.js`. */
import { readFileSync } from 'node:fs';
import { openMpi } from '../../src/collective/mpi/open_mpi.js';

/** kB of libc's code that this process has of its own, as something wrote over it. */
function writtenCode(): number {
  const mappings = readFileSync('/proc/self/smaps', 'utf8').split(/\n(?=[\da-f]+-[\da-f]+ )/);
  const code = mappings.filter((mapping) => /^\S+ r-xp .*\/libc[-.]/.test(mapping));
  if (code.length === 0) throw new Error('this process has no libc');
  return code.reduce((sum, mapping) => sum + Number(/^Private_Dirty:\s*(\d+) kB/m.exec(mapping)?.[1]), 0);
}

const collective = await openMpi();
const written = writtenCode();
await collective?.close();
if (collective?.rank === 0) process.stdout.write(`${JSON.stringify({ written })}\n`);
