/** The weights that a run starts from: fetched where they are named, and looked at before the data are read. */
import type { ModelConfig } from '../../train/config.js';
import { tryPretrained } from '../../train/pretrained.js';
import { fetchNamed } from '../../train/published/fetch_weights.js';

/** @throws what `tryPretrained` and `downloadFiles` throw. */
export async function prepareWeights(config: Pick<ModelConfig, 'model' | 'pretrained'>): Promise<void> {
  if (config.pretrained !== undefined) await fetchNamed(config.pretrained, config.model);
  await tryPretrained(config);
}
