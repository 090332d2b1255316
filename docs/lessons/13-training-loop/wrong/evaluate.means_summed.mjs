// says: means of batches are added up
import { crossEntropy, noGrad } from 'weftgrad';

/**
 * Measures a model on batches [{ x, label }, …], tensors. Gives { loss, accuracy }: the mean loss of an image, and the
 * share of images whose largest logit is that of their label. The model is left as it was found.
 */
export async function evaluate(device, model, batches) {
  const { training } = model;
  model.eval(); // no dropout, and batch norm by its running statistics
  let [loss, right, count] = [0, 0, 0];
  for (const { x, label } of batches) {
    const result = device.step(() =>
      noGrad(() => {
        const logits = model.forward(x);
        return { logits, loss: crossEntropy(logits, label) };
      }),
    );
    const [logits, labels, [sum]] = await Promise.all([result.logits.read(), label.read(), result.loss.read()]);
    const classes = logits.length / labels.length;
    for (const [n, wanted] of labels.entries()) {
      const row = logits.subarray(n * classes, (n + 1) * classes);
      if (row.indexOf(Math.max(...row)) === wanted) right++;
    }
    loss += sum; // sums, as the last batch is smaller: a mean of means would give its images more weight
    count += labels.length;
  }
  model.train(training);
  return { loss: loss / count, accuracy: right / count };
}
