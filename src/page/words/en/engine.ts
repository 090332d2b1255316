/** What is said of the engine, above the tabs. */
export const ENGINE = {
  language: 'Language',
  looking: 'Looking for a GPU …',
  computing: (name: string) => `Computing in this browser on ${name || 'its GPU'}`,
  missing: 'WebGPU is missing',
  memory: (mebibytes: number) => `${mebibytes} MiB on the GPU`,
  renewed: (times: number) => `lost and opened anew ${times} ${times === 1 ? 'time' : 'times'}`,
  insecure: 'This page came over http; browsers offer WebGPU, with which it computes, over https only.',
  noAdapter: 'This browser finds no GPU to compute on. Is hardware acceleration on in its settings?',
  noWebGpu:
    'This browser has no WebGPU, with which this page computes. A recent Chrome, Edge, Safari or Firefox has it.',
};
