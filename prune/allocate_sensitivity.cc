// Shares that lose least by what was measured of each layer alone.
#include <algorithm>
#include <cmath>

#include "gcompress/prune/allocate_rows.h"
#include "gcompress/prune/allocate_shares.h"

namespace gcompress::prune {
namespace {

// So many elements of a layer can go for so much loss each.
struct Segment {
  double loss_per_element = 0;
  double elements = 0;
  std::size_t layer = 0;
};

struct Point {
  double kept = 0;
  double loss = 0;
};

// From all kept to none. Losses never fall on the way (a layer that got better by pruning got
// lucky); below the last point measured they go on rising as between the last two, doubled.
std::vector<Point> points_of(const SensitivityCurve& curve, double size) {
  std::vector<Point> points = {{size, 0}};
  for (const SensitivityPoint& point : curve) {
    points.push_back({point.density * size, std::max(points.back().loss, point.loss)});
  }
  points.push_back({0, std::max(2 * points.back().loss, 1e-12)});
  return points;
}

// The lower convex hull of a curve: dear segments never lie before cheap ones.
void add_segments(const std::vector<Point>& points, std::size_t layer, std::vector<Segment>& all) {
  std::vector<Point> hull;
  const auto slope = [](const Point& a, const Point& b) {
    return (b.loss - a.loss) / (a.kept - b.kept);
  };
  for (const Point& point : points) {
    if (!hull.empty() && point.kept >= hull.back().kept) continue;
    while (hull.size() >= 2 &&
           slope(hull[hull.size() - 2], hull.back()) >= slope(hull.back(), point)) {
      hull.pop_back();
    }
    hull.push_back(point);
  }
  for (std::size_t i = 1; i < hull.size(); ++i) {
    all.push_back({slope(hull[i - 1], hull[i]), hull[i - 1].kept - hull[i].kept, layer});
  }
}

std::vector<double> least_loss(const AllocateInputs& inputs, std::int64_t keep) {
  std::vector<double> kept;
  std::vector<Segment> segments;
  double left = -static_cast<double>(keep);  // to remove
  for (std::size_t layer = 0; layer < inputs.weights.size(); ++layer) {
    const graph::Weight& weight = *inputs.weights[layer];
    const auto size = static_cast<double>(weight.size());
    kept.push_back(size);
    left += size;
    const auto found = inputs.sensitivity.find(weight.id);
    if (found == inputs.sensitivity.end()) {
      throw_usage("the sensitivity of " + weight.layer + " (" + graph::to_string(weight.id) +
                      ") was not measured",
                  "measure it anew for this network");
    }
    add_segments(points_of(found->second, size), layer, segments);
  }
  std::ranges::stable_sort(segments, {}, &Segment::loss_per_element);
  for (const Segment& segment : segments) {
    if (left <= 0) break;
    const double take = std::min(left, segment.elements);
    kept[segment.layer] -= take;
    left -= take;
  }
  return kept;
}

}  // namespace

Allocator prepare_sensitivity(AllocateInputs inputs) {
  return prepare_shares(std::move(inputs), least_loss);
}

}  // namespace gcompress::prune
