package school.lectern.auth.spring.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import school.lectern.auth.format.Carrier;
import school.lectern.auth.format.Carriers;

class RequestWithoutCredentialTest {

    private static final Carriers CARRIERS = new Carriers(
            List.of(Carrier.header("X-API-Key"), Carrier.unsafeQueryParameter("key")), List.of("Basic"), List.of());

    /** Clients send queries that a builder of addresses refuses. */
    @ParameterizedTest
    @CsvSource({
        "key=secret, /x",
        "key=secret&filter[name]=a, /x?filter[name]=a",
        "cursor=YWI==&key=secret, /x?cursor=YWI==",
        "a=\u00e9&k%65y=secret, /x?a=\u00e9",
        "a=b, /x?a=b",
    })
    void a_token_is_not_in_the_address(String query, String shown) {
        ServerHttpRequest sent = MockServerHttpRequest.method(HttpMethod.GET, URI.create("http://127.0.0.1/x?" + query))
                .build();
        ServerHttpRequest hidden = RequestWithoutCredential.of(sent, CARRIERS, () -> true);
        assertThat(hidden.getURI()).hasToString("http://127.0.0.1" + shown);
        assertThat(hidden.getQueryParams()).doesNotContainKey("key");
        assertThat(hidden.getPath().value()).isEqualTo("/x");
    }

    @Test
    void a_token_is_not_in_the_headers_and_another_credential_is() {
        ServerHttpRequest sent = MockServerHttpRequest.get("/x")
                .header("X-API-Key", "secret")
                .header("Authorization", "Basic dTpw")
                .header("X-Other", "1", "2")
                .build();
        ServerHttpRequest hidden = RequestWithoutCredential.of(sent, CARRIERS, () -> true);
        assertThat(hidden.getHeaders().getOrEmpty("x-api-key")).isEmpty();
        assertThat(hidden.getHeaders().getFirst("Authorization")).isEqualTo("Basic dTpw");
        assertThat(hidden.getHeaders().getOrEmpty("X-Other")).containsExactly("1", "2");
    }

    @Test
    void an_address_that_another_page_had_is_without_its_token() {
        ServerHttpRequest sent = MockServerHttpRequest.get("/x")
                .header("Referer", "https://a.example/x?key=secret&a=b")
                .build();
        ServerHttpRequest hidden = RequestWithoutCredential.of(sent, CARRIERS, () -> true);
        assertThat(hidden.getHeaders().getFirst("Referer")).isEqualTo("https://a.example/x?a=b");
    }

    @Test
    void nothing_is_hidden_before_a_token_is_admitted() {
        ServerHttpRequest sent = MockServerHttpRequest.get("/x?key=secret")
                .header("X-API-Key", "secret")
                .build();
        AtomicBoolean admitted = new AtomicBoolean();
        ServerHttpRequest shown = RequestWithoutCredential.of(sent, CARRIERS, admitted::get);
        assertThat(shown.getHeaders().getFirst("X-API-Key")).isEqualTo("secret");
        assertThat(shown.getURI().getQuery()).isEqualTo("key=secret");
        assertThat(shown.getQueryParams()).containsKey("key");
        admitted.set(true);
        assertThat(shown.getHeaders().getFirst("X-API-Key")).isNull();
        assertThat(shown.getURI().getQuery()).isNull();
        assertThat(shown.getQueryParams()).isEmpty();
    }
}
