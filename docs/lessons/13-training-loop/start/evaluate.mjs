import { crossEntropy, noGrad } from 'weftgrad';

/**
 * Measures a model on batches [{ x, label }, …], tensors. Gives { loss, accuracy }: the mean loss of an image, and the
 * share of images whose largest logit is that of their label. The model is left as it was found.
 */
export async function evaluate(device, model, batches) {
  return { loss: 0, accuracy: 0 }; // yours
}
