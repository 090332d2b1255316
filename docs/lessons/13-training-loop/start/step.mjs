import { backward, crossEntropy } from 'weftgrad';

/**
 * One step of training. x is the batch, label the classes of its rows.
 * Gives the loss of the batch, a tensor (), as it was before the weights moved.
 */
export function trainStep(model, optimizer, x, label) {
  return crossEntropy(model.forward(x), label); // yours: the weights are to move, too
}
