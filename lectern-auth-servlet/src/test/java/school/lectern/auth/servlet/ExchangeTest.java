package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.Enumeration;
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
    void an_address_is_read_without_the_brackets_and_the_zone_that_a_container_adds(String told, String address) {
        assertThat(Exchange.plain(told)).isEqualTo(address);
    }

    /** As where a handler goes on with long work when its answer has gone out. */
    @Test
    void what_was_asked_of_a_request_can_be_asked_again_when_its_container_reads_no_headers_any_more() {
        boolean[] over = {false};
        HttpServletRequest request = (HttpServletRequest) Proxy.newProxyInstance(
                HttpServletRequest.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getHeaders" -> headers(over[0], (String) arguments[0]);
                    case "getMethod", "getServletPath", "getRemoteAddr" -> "192.0.2.1";
                    default -> null;
                });
        HttpServletResponse response = (HttpServletResponse) Proxy.newProxyInstance(
                HttpServletResponse.class.getClassLoader(),
                new Class<?>[] {HttpServletResponse.class},
                (proxy, method, arguments) -> method.getName().equals("getHeaderNames") ? List.of() : null);
        try (LecternAuth auth = TestTokens.inMemory(Lectern.DIALECT)) {
            AuthRequest asked = Exchange.of(request, response, auth).request(request, TrustedProxies.none());
            List<String> names = List.of("Authorization", "Lectern-Version");
            for (String name : names) {
                assertThat(asked.header(name)).containsExactly("of " + name);
            }
            over[0] = true;
            for (String name : names) {
                assertThat(asked.header(name)).containsExactly("of " + name);
            }
        }
    }

    private static Enumeration<String> headers(boolean over, String name) {
        if (over) {
            throw new IllegalStateException("the request was recycled");
        }
        return Collections.enumeration(List.of("of " + name));
    }
}
