package school.lectern.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * A bearer rotates its own token through the handlers of the guide, with Spring MVC and with WebFlux, and reuse is detected.
 */
class SelfRotationTest {

    private static final String SELF = "/v1/tokens/self/rotate";
    private static final Pattern SECRET = Pattern.compile("\\{\"token\":\"([^\"]+)\"}");

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({GuideExamples.SelfRotation.class, Time.class})
    static class Mvc {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({GuideExamples.ReactiveSelfRotation.class, Time.class})
    static class Flux {

        /** Not one of the servers for servlets, which are on the class path of the tests, too. */
        @Bean
        NettyReactiveWebServerFactory server() {
            return new NettyReactiveWebServerFactory();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Time {

        @Bean
        SettableClock time() {
            return new SettableClock();
        }

        @Bean
        LecternAuthCustomizer withTime(SettableClock time) {
            return builder -> builder.clock(time);
        }
    }

    /** A clock that a test advances. */
    static final class SettableClock extends Clock {
        private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-05-07T12:00:00Z"));

        void advance(Duration time) {
            now.updateAndGet(before -> before.plus(time));
        }

        @Override
        public Instant instant() {
            return now.get();
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void with_spring_mvc() {
        for (String[] security : new String[][] {RunningApp.WITHOUT_SECURITY, {}}) {
            try (RunningApp app = RunningApp.start(Mvc.class, with(security))) {
                rotatesAndDetectsReuse(app);
            }
        }
    }

    @Test
    void with_webflux() {
        for (String[] security : new String[][] {{RunningApp.WEBFLUX_WITHOUT_SECURITY}, {}}) {
            try (RunningApp app = RunningApp.startWebFlux(Flux.class, with(security))) {
                rotatesAndDetectsReuse(app);
            }
        }
    }

    private static String[] with(String... properties) {
        String[] all = Arrays.copyOf(properties, properties.length + 1);
        all[properties.length] = "lectern.auth.detect-reuse=true";
        return all;
    }

    private static void rotatesAndDetectsReuse(RunningApp app) {
        assertThat(app.send("POST", SELF, "").statusCode()).isEqualTo(401);
        String first = app.token("read:learners");
        HttpResponse<String> rotated = rotate(app, first);
        assertThat(rotated.statusCode()).as(rotated.body()).isEqualTo(200);
        assertThat(rotated.headers().firstValue("Cache-Control")).hasValue("no-store");
        String second = "Bearer " + secret(rotated);

        HttpResponse<String> again = rotate(app, first);
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(again.body()).contains("\"error\"");

        String third = "Bearer " + secret(rotate(app, second));
        app.bean(SettableClock.class).advance(Duration.ofMinutes(1));
        HttpResponse<String> reuse = rotate(app, first);
        assertThat(reuse.statusCode()).isEqualTo(401);
        HttpResponse<String> after = rotate(app, third);
        assertThat(after.statusCode()).isEqualTo(401);
        assertThat(withoutId(after)).as("a revoked token").isEqualTo(withoutId(reuse));
    }

    private static HttpResponse<String> rotate(RunningApp app, String credential) {
        return app.send("POST", SELF, "", "Authorization", credential);
    }

    private static String secret(HttpResponse<String> response) {
        Matcher body = SECRET.matcher(response.body());
        assertThat(body.matches()).as(response.body()).isTrue();
        return body.group(1);
    }

    private static String withoutId(HttpResponse<String> response) {
        return response.body()
                .replace(response.headers().firstValue("X-Request-Id").orElseThrow(), "");
    }
}
