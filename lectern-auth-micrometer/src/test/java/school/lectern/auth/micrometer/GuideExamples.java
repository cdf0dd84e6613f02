package school.lectern.auth.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import javax.sql.DataSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.preset.Lectern;

/** The Java of docs/monitoring.md. */
final class GuideExamples {

    private GuideExamples() {}

    static LecternAuth measured(DataSource dataSource, MeterRegistry registry) {
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT)
                .storage(JdbcStorage.of(dataSource))
                .metrics(MicrometerAuthMetrics.of(registry))
                .open();
        return auth;
    }
}
