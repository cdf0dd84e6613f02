package com.example.learners;

import java.util.Optional;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import school.lectern.auth.format.Secret;
import school.lectern.auth.spi.Grant;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.ManagementAuthority.Caller;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;

/** Who may manage tokens, and for which tenants. With these two beans, the management API is served at /api/v1/orgs. */
@Configuration(proxyBeanMethods = false)
class Administration {

    /** One key for one administrator. An application with users finds the user of the request's session here. */
    @Bean
    ManagementAuthority administrators(@Value("${learners.admin-key}") String adminKey) {
        Secret key = Secret.of(adminKey);
        Caller administrator = Caller.of("admin", (tenant, permission) -> true, Grant.everything());
        return request -> request.header("X-Admin-Key").stream()
                .filter(value -> Secret.of(value).equals(key))
                .findFirst()
                .map(value -> administrator);
    }

    /** The tenants are the customers of the API. */
    @Bean
    TenantDirectory customers() {
        return id -> id.matches("[0-9]{1,9}") ? Optional.of(new Tenant(id, null)) : Optional.empty();
    }
}
