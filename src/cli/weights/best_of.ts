/** The classifier that a command line names: of a run, or `imagenet:resnet50`, which nobody here need have trained. */
import { RunFolder } from '../../report/run_folder.js';
import { readCheckpoint, type Checkpoint } from '../../train/checkpoint/checkpoint.js';
import { fetchPublished } from '../../train/published/fetch_weights.js';

/** @throws ModelError when there is none, or it is damaged; what `downloadFiles` throws. */
export async function bestOf(run: string): Promise<Checkpoint> {
  return (await fetchPublished(run)) ?? readCheckpoint(new RunFolder(run).file('best.safetensors'));
}
