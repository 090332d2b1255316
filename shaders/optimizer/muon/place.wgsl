// Which row and column of its matrix an element of a weight is, as Muon sees weights: (out, all the rest). FILTER is
// the order of a convolution's weights in memory (src/tensor/layout.ts), of `rows` rows in each of its groups and
// `fours` times four columns; else the matrix lies row by row.
override FILTER: bool = false;

fn place_of(e: u32, rows: u32, fours: u32) -> u32 {
  if (FILTER) {
    let four = e / 4;
    let row = four % rows + four / (rows * fours) * rows;
    return (row * fours + four / rows % fours) * 4 + e % 4;
  }
  return e;
}
