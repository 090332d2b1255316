// The geometry of a reflecting padding of three dimensions: x (planes, D, H, W), y (planes, oD, oH, oW). Constants of
// the pipeline: every thread divides by them.
override D: u32 = 1;
override H: u32 = 28;
override W: u32 = 28;
override oD: u32 = 1;
override oH: u32 = 30;
override oW: u32 = 30;
override front: u32 = 0;
override top: u32 = 1;
override left: u32 = 1;
struct Pad {
  planes: u32,
}

// The place among n that is seen at position p behind `before` places of padding: ends are mirrors, and are not
// repeated.
fn reflected(p: u32, before: u32, n: u32) -> u32 {
  let i = u32(abs(i32(p) - i32(before)));
  return select(i, 2 * (n - 1) - i, i >= n);
}
