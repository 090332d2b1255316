// says: 0 images
/** What the first loss of a classifier says about it. */

/** The loss of one that gives all classes the same probability: what a network should begin with. */
export function expectedFirstLoss(classes) {
  return Math.log(classes);
}

/** The loss of one that always answers with how often each class occurs: what may be had without looking at images. */
export function lossOfFrequencies(counts) {
  const all = counts.reduce((sum, n) => sum + n, 0);
  return counts.reduce((sum, n) => sum - (n / all) * Math.log(n / all), 0);
}

/** Biases of the last layer with which the first answers are those frequencies: softmax(bias) = counts / all. */
export function biasOfFrequencies(counts) {
  const all = counts.reduce((sum, n) => sum + n, 0);
  return counts.map((n) => Math.log(n / all));
}

/** 'as expected', or 'too sure' (logits too large), or 'knows the labels' (less than can be known), within a tenth. */
export function diagnose(firstLoss, classes) {
  const expected = expectedFirstLoss(classes);
  if (firstLoss > 1.1 * expected) return 'too sure';
  return firstLoss < 0.9 * expected ? 'knows the labels' : 'as expected';
}
