// Energy of the networks of a run: experiments in paired windows, estimates, footprint.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gcompress/compress/measuring/measurements.h"
#include "gcompress/measure/workers/worker.h"

namespace gcompress::compress {

// An experiment of the network after against the one before (of a single network, against itself),
// in the workers that hold them; fills in each network's energy. Rivals get estimates only, as an
// experiment of each would take as long again.
void measure_energy(std::span<const Measured> networks, std::vector<measure::Worker>& workers,
                    std::int64_t batch, const StageContext& context, const MeasuringTools& tools,
                    measure::Report& report);

// The side that the network at this place of a report has in the experiment; rivals have none.
std::optional<measure::Side> side_of(const measure::ModelReport& model, std::size_t place);

// How an executor of that precision goes about a network. None that there is skips zero weights.
measure::ExecutionTraits traits_of(const std::string& precision, std::int64_t batch);

// Before against after, with the first experiment, break-even and verdict, where both are there.
void compare_networks(const Settings& common, measure::Report& report);

// What inferences and the stages come to in carbon and money, where there is energy at all.
void add_footprint(const Settings& common, measure::Report& report);

}  // namespace gcompress::compress
