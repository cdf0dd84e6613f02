package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
