package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the order of the filter is, a method that another filter puts in place of the request's own needs its own scope. */
class FilterOrderTest {

    private static RunningApp start(int order) {
        return RunningApp.start(
                LearnerApi.class,
                Stream.of(RunningApp.WITHOUT_SECURITY, LearnerApi.ROUTES, new String[] {
                            "lectern.auth.filter.order=" + order, "spring.mvc.hiddenmethod.filter.enabled=true"
                        })
                        .flatMap(Stream::of)
                        .toArray(String[]::new));
    }

    private static RunningApp startWithSecurity(String order) {
        return RunningApp.start(
                LearnerApi.class,
                Stream.of(LearnerApi.ROUTES, new String[] {order, "spring.mvc.hiddenmethod.filter.enabled=true"})
                        .flatMap(Stream::of)
                        .toArray(String[]::new));
    }

    private static void assertChecked(RunningApp started) {
        try (RunningApp app = started) {
            String[] form = {
                "Content-Type", "application/x-www-form-urlencoded", "Authorization", app.token("write:learners")
            };
            assertThat(app.send("POST", "/v1/learners/7", "a=b", form).body()).isEqualTo("changed 7");
            assertThat(app.send("POST", "/v1/learners/7", "_method=DELETE", form)
                            .statusCode())
                    .isEqualTo(403);
            assertThat(app.send("POST", "/v1/ruled", "a=b", form).body()).isEqualTo("ruled POST");
            assertThat(app.send("POST", "/v1/ruled", "_method=DELETE", form).statusCode())
                    .as("rules name other methods of this path alone")
                    .isEqualTo(405);
            form[3] = app.token("write:learners", "delete:learners");
            assertThat(app.send("POST", "/v1/learners/7", "_method=DELETE", form)
                            .body())
                    .isEqualTo("deleted 7");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-9950, -101, 0, Integer.MAX_VALUE})
    void the_method_that_runs_is_the_one_that_is_checked(int order) {
        assertChecked(start(order));
    }

    /** Before, directly behind and far behind the filter that changes methods, whose order is -10000. */
    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -20_000, -10_001, -9950, -100, 0, Integer.MAX_VALUE})
    void in_spring_security_the_method_that_runs_is_checked_at_each_order_of_its_filter(int order) {
        assertChecked(startWithSecurity("spring.security.filter.order=" + order));
    }

    @ParameterizedTest
    @ValueSource(ints = {-20_000, -10_000})
    void an_order_before_the_filter_that_changes_methods_stops_the_start(int order) {
        assertThatThrownBy(() -> start(order).close()).hasStackTraceContaining("lectern.auth.filter.order is " + order);
    }
}
