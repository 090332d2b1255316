/** Garbage collection on demand: the host's collector does not know how much GPU memory its garbage holds. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let gc: (() => void) | null = null;

/** Finalizers run between turns of the event loop; more than so many turns are not waited for. */
const MAX_TURNS = 20;

/** Collects all garbage and resolves when its finalizers have run; false where the host cannot. */
export async function collectGarbage(): Promise<boolean> {
  if (gc === null) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc') as () => void;
  }
  let isDone = false;
  const finalizers = new FinalizationRegistry<null>(() => (isDone = true));
  finalizers.register({}, null); // the last to be registered: the collector hands over in no other order
  gc();
  for (let turn = 0; turn < MAX_TURNS && !isDone; turn++) await new Promise((resolve) => setImmediate(resolve));
  return true;
}
