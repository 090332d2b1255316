// Sizes of a convolution as constants of the kernels for few channels, of one group where groups differ. A block is 4
// neighbouring pixels of a row of y, and its span the part of a row of x that the window sees from all four.
const IN_C = 1u; // of a group
const IN_H = 28u;
const IN_W = 28u;
const OUT_H = 28u;
const OUT_W = 28u;
const K_H = 3u;
const K_W = 3u;
const STRIDE_H = 1u;
const STRIDE_W = 1u;
const PAD_H = 1u;
const PAD_W = 1u;
const DILATION_H = 1u;
const DILATION_W = 1u;
const GROUPS = 1u;
const ROW_BLOCKS = (OUT_W + 3) / 4;
const SPAN = 3 * STRIDE_W + (K_W - 1) * DILATION_W + 1;
