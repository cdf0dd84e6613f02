package school.lectern.auth.spring.boot;

import school.lectern.auth.micrometer.MicrometerAuthMetrics;

/** Changes the meters, for example their tags. A bean of this type is called after the properties were applied. */
@FunctionalInterface
public interface MicrometerAuthMetricsCustomizer {

    /**
     * Changes the settings.
     *
     * @param builder has the application's registries
     */
    void customize(MicrometerAuthMetrics.Builder builder);
}
