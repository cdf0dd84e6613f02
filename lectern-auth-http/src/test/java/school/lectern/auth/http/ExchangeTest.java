package school.lectern.auth.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.testkit.TestTokens;

class ExchangeTest {

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1,192.0.2.1",
        "2001:db8::1,2001:db8::1",
        "[2001:db8::1],2001:db8::1",
        "fe80::1%eth0,fe80::1",
        "[fe80::1%2],fe80::1",
        "[fe80::1,[fe80::1"
    })
    void an_address_is_read_without_the_brackets_and_the_zone_that_a_server_adds(String told, String address) {
        assertThat(Exchange.plain(told)).isEqualTo(address);
    }

    /** A request whose headers the server can no longer read after some time. */
    private static final class ShortLivedCall implements HttpCall {
        private boolean over;

        @Override
        public String method() {
            return "GET";
        }

        @Override
        public String rawPath() {
            return "/v1/learners";
        }

        @Override
        public String rawQuery() {
            return "";
        }

        @Override
        public String path() {
            return "/v1/learners";
        }

        @Override
        public String peer() {
            return "192.0.2.1";
        }

        @Override
        public boolean isSecure() {
            return false;
        }

        @Override
        public List<String> headers(String name) {
            if (over) {
                throw new IllegalStateException("the request was recycled");
            }
            return List.of("of " + name);
        }

        @Override
        public InputStream body() {
            return InputStream.nullInputStream();
        }
    }

    /** As when a handler continues long work after its response has been sent. */
    @Test
    void values_of_a_request_stay_available_when_its_server_can_no_longer_read_headers() {
        ShortLivedCall call = new ShortLivedCall();
        try (LecternAuth auth = TestTokens.inMemory(Lectern.DIALECT)) {
            AuthRequest asked = Exchange.begin(auth).request(auth, call, "GET", TrustedProxies.none());
            List<String> names = List.of("Authorization", "Lectern-Version");
            for (String name : names) {
                assertThat(asked.header(name)).containsExactly("of " + name);
            }
            call.over = true;
            for (String name : names) {
                assertThat(asked.header(name)).containsExactly("of " + name);
            }
        }
    }
}
