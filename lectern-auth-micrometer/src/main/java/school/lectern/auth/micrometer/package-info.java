/** Meters and observations for Micrometer. Start at {@link school.lectern.auth.micrometer.MicrometerAuthMetrics}. */
@NullMarked
package school.lectern.auth.micrometer;

import org.jspecify.annotations.NullMarked;
