// says: gradients of earlier steps are still there
import { backward, crossEntropy } from 'weftgrad';

/**
 * One step of training. x is the batch, label the classes of its rows.
 * Gives the loss of the batch, a tensor (), as it was before the weights moved.
 */
export function trainStep(model, optimizer, x, label) {
  const loss = crossEntropy(model.forward(x), label);
  backward(loss);
  optimizer.step();
  return loss;
}
