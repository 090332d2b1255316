/** Garbage collection on demand: the host's collector does not know how much GPU memory its garbage holds. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let gc: (() => void) | null = null;

/** Finalizers run between turns of the event loop; more than so many turns are not waited for. */
const MAX_TURNS = 20;
/** Every registry's finalizers have a turn of their own; a program has few registries. */
const AFTER_THE_FIRST = 3;

/** Collects all garbage and resolves when its finalizers have run; false where the host cannot. */
export async function collectGarbage(): Promise<boolean> {
  if (gc === null) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc') as () => void;
  }
  let turns = MAX_TURNS;
  const finalizers = new FinalizationRegistry<null>(() => (turns = Math.min(turns, AFTER_THE_FIRST)));
  finalizers.register({}, null);
  gc();
  for (; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
  return true;
}
