/** The losses of a reconstruction (loss.ts), by name: what is asked for can be checked without loading them. */
export const VAE_LOSSES = ['gaussian', 'bernoulli'] as const;
/** How a reconstruction is compared. */
export type VaeLoss = (typeof VAE_LOSSES)[number];
