// What the kernels of a Winograd convolution share: where tiles are. A tile makes M x M pixels of the output from T x T
// of the input. Launches see some of the tiles, counted through all images: image, then row, then column.
struct Tiles {
  tiles: u32, // of this launch
  first: u32, // number of the first
  across: u32, // tiles of an image
  down: u32,
  H: u32, // of the image that is read or written, and its fours of channels
  W: u32,
  D: u32,
  before_y: u32, // rows and columns of zeros before the first; may be "negative": u32 wraps
  before_x: u32,
}

struct Place {
  tile: u32, // of this launch
  four: u32, // of channels
  plane: u32, // where the four's plane of the image begins
  y: u32, // in tiles
  x: u32,
}

// a / b, exactly, without an integer division (which CPU adapters do one lane at a time): a float estimate, put right
// twice, as in conv2d/divide.wgsl.
fn quotient(a: u32, b: u32) -> u32 {
  let reciprocal = 1.0 / f32(b);
  var q = u32(f32(a) * reciprocal);
  q += u32(i32(floor(f32(i32(a - q * b)) * reciprocal)));
  let rest = i32(a - q * b);
  return q + select(0u, 1u, rest >= i32(b)) - select(0u, 1u, rest < 0);
}

// Neighbouring threads have neighbouring tiles of one four.
fn place_of(number: u32, at: Tiles) -> Place {
  let four = quotient(number, at.tiles);
  let tile = number - four * at.tiles;
  let row = quotient(at.first + tile, at.across);
  let image = quotient(row, at.down);
  let plane = (image * at.D + four) * at.H * at.W;
  return Place(tile, four, plane, row - image * at.down, at.first + tile - row * at.across);
}
