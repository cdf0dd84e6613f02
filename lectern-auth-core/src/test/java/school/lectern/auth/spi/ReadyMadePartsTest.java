package school.lectern.auth.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.format.Secret;
import school.lectern.auth.spi.ManagementAuthority.Caller;
import school.lectern.auth.spi.ManagementAuthority.Permission;

/** The authority and the directory that an application without users and without a list of tenants can take. */
class ReadyMadePartsTest {

    private static final String KEY = "0123456789abcdef0123456789abcdef";

    private static Optional<Caller> identify(String... sent) {
        return ManagementAuthority.ofKey("X-Admin-Key", Secret.of(KEY))
                .identify(new AuthRequest(
                        "id",
                        "GET",
                        "/",
                        null,
                        name -> name.equals("X-Admin-Key") ? List.of(sent) : List.of("another header")));
    }

    @Test
    void the_key_alone_identifies_the_administrator() {
        Caller administrator = identify(KEY).orElseThrow();
        assertThat(administrator.userId()).isEqualTo("admin");
        assertThat(administrator.may().test("123", Permission.DELETE)).isTrue();
        assertThat(administrator.grant()).isEqualTo(Grant.everything());
        assertThat(identify()).isEmpty();
        assertThat(identify("")).isEmpty();
        assertThat(identify(KEY.substring(1))).isEmpty();
        assertThat(identify(KEY + " ")).isEmpty();
        assertThat(identify(KEY, KEY)).isEmpty();
        assertThat(identify(KEY, "another")).isEmpty();
    }

    @Test
    void a_short_key_is_refused_with_the_way_out_and_without_the_key() {
        assertThatThrownBy(() -> ManagementAuthority.ofKey("X-Admin-Key", Secret.of(KEY.substring(1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 32")
                .hasMessageContaining("openssl rand -hex 24")
                .hasMessageNotContaining(KEY.substring(1));
        assertThatThrownBy(() -> ManagementAuthority.ofKey("X-Admin-Key", Secret.of("")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void every_id_of_the_form_is_a_tenant_and_no_part_of_another_id() {
        TenantDirectory directory = TenantDirectory.matching("[0-9]{1,9}");
        assertThat(directory.find("123")).contains(new Tenant("123", null));
        assertThat(directory.find("1234567890")).isEmpty();
        assertThat(directory.find("12a")).isEmpty();
        assertThat(directory.find("12\n")).isEmpty();
        assertThatThrownBy(() -> TenantDirectory.matching("[")).isInstanceOf(PatternSyntaxException.class);
    }
}
