/** What stands around the tabs. */
export const PAGE = {
  title: 'Weft: what a picture shows',
  description: 'What a picture shows, and how a network learns it: computed in this browser.',
  tabs: 'What to do',
  classify: 'Classify',
  train: 'Train',
  learn: 'Learn',
  script: 'This page computes in your browser: it needs JavaScript.',
  /** Around the name of the command line. */
  kernelsBefore: 'The same hand-written WebGPU kernels as',
  kernelsAfter: 'on the command line, running in this page.',
};
