package school.lectern.auth.systems.app;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Service;
import school.lectern.auth.spring.web.RequiresScope;

/** A service that Spring Security guards, and the route of its caller does not. */
@Service
@ConditionalOnProperty(name = "lectern.auth.dialect", havingValue = "lectern")
class Settings {

    @RequiresScope("admin:tenant")
    public String theme() {
        return "dark";
    }
}
