// What tracking measured as the lines of a campaign, and the estimate where no counter covers the
// processor.
#pragma once

#include "gcompress/measure/carbon/campaign.h"
#include "gcompress/measure/energy/power_model.h"
#include "gcompress/measure/energy/sensor.h"
#include "gcompress/measure/energy/tracker.h"

namespace gcompress::measure {

// The busy share of the processor that the tracked work took; 0 to 1 where that is not known.
Interval utilization_of(const Tracked& tracked, int processors);

// Lines: the parts of the machine together, if none of their sensors was lost; the processor by
// power, if its packages were not all measured; the whole machine by its battery; by its meter.
// Notes say what was lost, what has no sensor, and that idle is not subtracted.
Campaign campaign_of_tracked(const Tracked& tracked, const SensorSearch& search,
                             const ProcessorPower& power, int processors);

}  // namespace gcompress::measure
