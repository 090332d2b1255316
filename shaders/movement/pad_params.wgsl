// The geometry of a padding of three dimensions that shows elements of x: x (planes, D, H, W), y (planes, oD, oH, oW).
// Constants of the pipeline: every thread divides by them.
override D: u32 = 1;
override H: u32 = 28;
override W: u32 = 28;
override oD: u32 = 1;
override oH: u32 = 30;
override oW: u32 = 30;
override front: u32 = 0;
override top: u32 = 1;
override left: u32 = 1;
override MODE: u32 = 0;
struct Pad {
  planes: u32,
}

const REFLECT = 0u; // ends are mirrors, and are not repeated
const REPLICATE = 1u; // ends are repeated
const CIRCULAR = 2u; // the other end goes on
