package school.lectern.auth.systems.app;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import school.lectern.auth.format.Secret;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.ManagementAuthority.Caller;
import school.lectern.auth.spi.ManagementAuthority.Permission;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

/** Two callers of the management API, the tenants, and the released versions of the API. */
@Configuration(proxyBeanMethods = false)
class Administration {

    private static final ApiVersion FIRST = ApiVersion.of("2026-01-01");
    private static final ApiVersion SECOND = ApiVersion.of("2026-05-01");
    private static final ApiVersion THIRD = ApiVersion.of("2026-09-01");

    private static final Pattern BEARER = Pattern.compile("bearer +(?<key>[!-~]+) *", Pattern.CASE_INSENSITIVE);

    @Bean
    ManagementAuthority administrators(
            @Value("${systems.admin-key}") String adminKey, @Value("${systems.reader-key}") String readerKey) {
        Map<Secret, Caller> callers = Map.of(
                Secret.of(adminKey),
                Caller.of("1", (tenant, permission) -> true, Grant.everything()),
                Secret.of(readerKey),
                Caller.of("2", (tenant, permission) -> permission == Permission.READ, Grant.nothing()));
        return request -> {
            List<Secret> values = request.authorization();
            Matcher bearer = BEARER.matcher(values.size() == 1 ? values.get(0).expose() : "");
            return bearer.matches()
                    ? Optional.ofNullable(callers.get(Secret.of(bearer.group("key"))))
                    : Optional.empty();
        };
    }

    /** Every number but 999 is a tenant; those with odd numbers were created under the first version of the API. */
    @Bean
    TenantDirectory tenants() {
        return id -> id.matches("[1-9][0-9]{0,8}") && !id.equals("999")
                ? Optional.of(new Tenant(
                        id,
                        Integer.parseInt(id) % 2 == 1 ? FIRST : SECOND,
                        Map.of(
                                "name",
                                "University " + id,
                                "did",
                                "did:web:example.test#tenant-" + id,
                                "plan",
                                "developer")))
                : Optional.empty();
    }

    @Bean
    @ConditionalOnProperty(name = "lectern.auth.dialect", havingValue = "lectern")
    VersionPolicy versions() {
        return VersionPolicy.released(FIRST, SECOND, THIRD);
    }
}
