package school.lectern.auth.spring.boot;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import school.lectern.auth.micrometer.MicrometerAuthMetrics;
import school.lectern.auth.spi.AuthMetrics;

/** Reports to the application's registry of meters, if it has one and no metrics of its own. */
@AutoConfiguration(
        before = LecternAuthAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.observation.ObservationAutoConfiguration"
        })
@ConditionalOnClass({MeterRegistry.class, MicrometerAuthMetrics.class})
@ConditionalOnSingleCandidate(MeterRegistry.class)
@ConditionalOnProperty(name = "lectern.auth.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LecternAuthProperties.class)
public final class LecternAuthMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    AuthMetrics lecternAuthMetrics(
            LecternAuthProperties properties,
            MeterRegistry registry,
            ObjectProvider<ObservationRegistry> observations,
            ObjectProvider<MicrometerAuthMetricsCustomizer> customizers) {
        MicrometerAuthMetrics.Builder builder = MicrometerAuthMetrics.builder(registry);
        if (properties.observations().enabled()) {
            observations.ifAvailable(builder::observations);
        }
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return builder.build();
    }
}
