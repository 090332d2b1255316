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

// Neighbouring threads have neighbouring tiles of one four.
fn place_of(number: u32, at: Tiles) -> Place {
  let four = divide(vec4u(number), at.tiles).x;
  let tile = number - four * at.tiles;
  let row = divide(vec4u(at.first + tile), at.across).x;
  let image = divide(vec4u(row), at.down).x;
  let plane = (image * at.D + four) * at.H * at.W;
  return Place(tile, four, plane, row - image * at.down, at.first + tile - row * at.across);
}
